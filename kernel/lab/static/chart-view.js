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
    const style = getComputedStyle(this.node);
    const color = style.color;
    const colorOf = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
    const axis = {
      gridcolor: colorOf('--jp-border-color2', '#ddd'),
      zerolinecolor: colorOf('--jp-border-color1', '#bbb'),
      linecolor: colorOf('--jp-border-color1', '#bbb'),
    };
    const background = colorOf('--jp-layout-color0', '#fff');
    return {
      ...layout,
      paper_bgcolor: 'rgba(0,0,0,0)',
      plot_bgcolor: 'rgba(0,0,0,0)',
      font: { color, size: 12, family: colorOf('--jp-ui-font-family', 'sans-serif') },
      hoverlabel: { bgcolor: background, font: { color } },
      modebar: { bgcolor: 'rgba(0,0,0,0)', color: axis.linecolor, activecolor: color },
      xaxis: { ...axis, ...layout.xaxis },
      yaxis: { ...axis, ...layout.yaxis },
    };
  }

  resize() {
    if (this.revision > 0 && this.node.isConnected) void window.Plotly?.Plots.resize(this.node)?.catch(() => undefined);
  }

  dispose() {
    this.disposed = true;
    if (this.revision > 0) window.Plotly?.purge(this.node);
  }
}
