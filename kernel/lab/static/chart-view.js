// A Plotly figure that is redrawn in place: zoom, hidden series and the pointer's label survive a frame.
import { element } from './format.js';

const CONFIG = {
  responsive: true,
  displaylogo: false,
  modeBarButtonsToRemove: ['select2d', 'lasso2d', 'autoScale2d'],
};

export class ChartView {
  constructor(plotly) {
    this.plotly = plotly;
    this.node = element('div', 'millrace-plot');
    this.revision = 0;
  }

  async show({ data, layout }) {
    const Plotly = await this.plotly.load();
    if (this.disposed) return;
    this.node.style.minHeight = `${layout.height ?? 320}px`;
    await Plotly.react(this.node, data, { ...this.themed(layout), datarevision: ++this.revision }, CONFIG);
  }

  /** The figure in the colours of the page. */
  themed(layout) {
    const theme = document.body.dataset.jpThemeName;
    if (this.theme !== theme) {
      this.theme = theme;
      this.colours = coloursOf(this.node);
    }
    const { axis, ...colours } = this.colours;
    return { ...layout, ...colours, xaxis: { ...axis, ...layout.xaxis }, yaxis: { ...axis, ...layout.yaxis } };
  }

  resize() {
    if (this.revision > 0 && this.node.isConnected) void window.Plotly?.Plots.resize(this.node)?.catch(() => undefined);
  }

  dispose() {
    this.disposed = true;
    if (this.revision > 0) window.Plotly?.purge(this.node);
  }
}

/** The parts of a layout that a theme decides. Asking for them costs a layout of the page, so it is done once a theme. */
function coloursOf(node) {
  const style = getComputedStyle(node);
  const { color } = style;
  const colourOf = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const line = colourOf('--jp-border-color1', '#bbb');
  return {
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { color, size: 12, family: colourOf('--jp-ui-font-family', 'sans-serif') },
    hoverlabel: { bgcolor: colourOf('--jp-layout-color0', '#fff'), font: { color } },
    modebar: { bgcolor: 'rgba(0,0,0,0)', color: line, activecolor: color },
    axis: {
      gridcolor: colourOf('--jp-border-color2', '#ddd'),
      zerolinecolor: line,
      linecolor: line,
      // To hide labels at the edge Plotly measures every label in every frame.
      ticklabeloverflow: 'allow',
    },
  };
}
