// The JupyterLab plugin: a renderer for live views, the connection of each notebook's outputs to its kernel, and colours for SQL and Python cells.
import { KernelLink } from './kernel-link.js';
import { colourCells } from './cell-language.js';
import { makePlotly } from './plotly.js';
import { addSqlLanguage } from './sql-language.js';
import { ViewElement } from './view-element.js';

const VIEW_MIME = 'application/vnd.millrace.view.v1+json';
/** Before text/html (50) and the Plotly type that another extension may draw. */
const RANK = 0;

export function makePlugin({ here, widgets, notebook, rendermime, codemirror, language }) {
  const plotly = makePlotly(`${here}plotly.min.js`);
  const links = new Map();

  /** The link of the notebook that an element stands in; undefined while it stands in none. */
  function linkOf(node) {
    const element = node.closest('.jp-NotebookPanel');
    for (const [panel, link] of links) if (panel.node === element) return link;
    return undefined;
  }

  class LiveView extends widgets.Widget {
    constructor({ mimeType }) {
      super();
      this.mimeType = mimeType;
      this.addClass('millrace-view');
      this.view = new ViewElement(this.node, {
        plotly,
        isLive: (display) => this.link?.isLive(display) ?? false,
        act: (request) => this.link?.act(request),
        drawn: (display, frame) => this.link?.acknowledge(display, frame),
      });
    }
    renderModel(model) {
      const { display, frame } = model.metadata?.millrace ?? {};
      return this.view.show(model.data[this.mimeType], display, frame);
    }
    onAfterAttach() {
      this.link = linkOf(this.node);
      this.link?.views.add(this.view);
      this.view.wake?.();
      this.view.refresh();
    }
    onBeforeDetach() {
      this.link?.views.delete(this.view);
      this.link = undefined;
    }
    onResize() {
      this.view.resize();
    }
    dispose() {
      this.view.dispose();
      super.dispose();
    }
  }

  return {
    id: 'millrace-lab:plugin',
    autoStart: true,
    requires: [rendermime.IRenderMimeRegistry, notebook.INotebookTracker],
    optional: [codemirror.IEditorLanguageRegistry],
    activate(_app, registry, tracker, languages) {
      registry.addFactory(
        { safe: true, mimeTypes: [VIEW_MIME], createRenderer: (options) => new LiveView(options) },
        RANK,
      );
      if (languages !== null && languages !== undefined) addSqlLanguage(languages, language);
      const adopt = (panel) => {
        if (links.has(panel)) return;
        links.set(panel, new KernelLink(panel, { onMillrace: () => plotly.preload() }));
        panel.disposed.connect(() => links.delete(panel));
        colourCells(panel, languages);
      };
      tracker.forEach(adopt);
      tracker.widgetAdded.connect((_sender, panel) => adopt(panel));
      // A change of the theme changes colours that are drawn, not styled.
      new MutationObserver(() => {
        for (const link of links.values()) for (const view of link.views) view.refresh();
      }).observe(document.body, { attributeFilter: ['data-jp-theme-name'] });
    },
  };
}
