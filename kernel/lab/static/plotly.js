// plotly.min.js is a classic script of 4.8 MB: it is loaded once a page, when the first chart comes or, better, when nothing else is to do.

/** A tiny figure drawn off screen: the first drawing of a page costs about as much as the next ten. */
async function warm(Plotly) {
  const node = document.createElement('div');
  node.style.cssText = 'position:absolute;left:-9999px;width:300px;height:200px';
  document.body.append(node);
  try {
    await Plotly.newPlot(
      node,
      [{ type: 'scatter', mode: 'lines+markers', x: ['2000-01-01', '2000-01-02'], y: [1, 2] }],
      {
        xaxis: { type: 'date' },
        showlegend: true,
      },
    );
    Plotly.purge(node);
  } finally {
    node.remove();
  }
}

function loadScript(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    // Where an AMD loader is about, the script would register with it instead of defining window.Plotly.
    const { define } = window;
    window.define = undefined;
    script.onload = () => {
      window.define = define;
      resolve(window.Plotly);
    };
    script.onerror = () => {
      window.define = define;
      reject(new Error('plotly.min.js could not be loaded from the Jupyter server'));
    };
    document.head.append(script);
  });
}

export function makePlotly(url) {
  let loading;
  const load = () =>
    (loading ??= loadScript(url).catch((error) => {
      loading = undefined;
      throw error;
    }));
  let preloaded = false;
  return {
    /** The library, from the Jupyter server. */
    load,
    /** Loads and warms the library when the page is idle. */
    preload() {
      if (preloaded) return;
      preloaded = true;
      const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 200));
      idle(
        () =>
          void load().then(
            (Plotly) => idle(() => void warm(Plotly).catch(() => undefined)),
            () => undefined, // the first chart says so
          ),
        { timeout: 2000 },
      );
    },
  };
}
