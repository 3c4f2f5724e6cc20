// The JupyterLab plugin: a renderer for live views, the connection of each notebook's outputs to its kernel, and colours for SQL and Python cells.
import { KernelLink } from './kernel-link.js';
import { colourCells } from './cell-language.js';
import { makePlotly } from './plotly.js';
import { ViewElement } from './view-element.js';

export const VIEW_MIME = 'application/vnd.millrace.view.v1+json';

export function makePlugin({ Widget, INotebookTracker, IRenderMimeRegistry, here }) {
  const plotly = makePlotly(`${here}plotly.min.js`);
  const links = new WeakMap();

  /** The link of the notebook that an element stands in; undefined while it is not attached to one. */
  function linkOf(tracker, node) {
    const element = node.closest('.jp-NotebookPanel');
    const panel = element === null ? undefined : tracker.find((candidate) => candidate.node === element);
    return panel === undefined ? undefined : links.get(panel);
  }

  function makeRenderer(tracker) {
    return class LiveView extends Widget {
      constructor(options) {
        super();
        this.addClass('millrace-view');
        this.view = new ViewElement(this.node, {
          plotly,
          act: (job, action, view) => linkOf(tracker, this.node)?.act(job, action, view),
          drawn: (display, frame) => linkOf(tracker, this.node)?.acknowledge(display, frame),
        });
        this.mimeType = options.mimeType;
      }
      renderModel(model) {
        const { display, frame } = model.metadata?.millrace ?? {};
        return this.view.show(model.data[this.mimeType], display, frame);
      }
      onResize() {
        this.view.resize();
      }
      dispose() {
        this.view.dispose();
        super.dispose();
      }
    };
  }

  return {
    id: 'millrace-lab:plugin',
    autoStart: true,
    requires: [IRenderMimeRegistry, INotebookTracker],
    activate(_app, registry, tracker) {
      const LiveView = makeRenderer(tracker);
      registry.addFactory(
        { safe: true, mimeTypes: [VIEW_MIME], createRenderer: (options) => new LiveView(options) },
        0,
      );
      const adopt = (panel) => {
        if (links.has(panel)) return;
        links.set(panel, new KernelLink(panel));
        colourCells(panel);
      };
      tracker.forEach(adopt);
      tracker.widgetAdded.connect((_sender, panel) => adopt(panel));
    },
  };
}
