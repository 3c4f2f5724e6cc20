// plotly.min.js is a classic script of 4.8 MB: it is loaded once a page, when the first chart comes.
export function makePlotly(url) {
  let loading;
  return () =>
    (loading ??= new Promise((resolve, reject) => {
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
        loading = undefined;
        reject(new Error('plotly.min.js could not be loaded from the Jupyter server'));
      };
      document.head.append(script);
    }));
}
