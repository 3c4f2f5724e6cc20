// The entry of a prebuilt JupyterLab extension, in the form that a bundler would give it: `init` gets the page's shared modules, `get` gives
// the plugin. The parts beside it are ES modules served by the Jupyter server; nothing comes from another host.
(() => {
  let scope;
  const here = document.currentScript.src.replace(/remoteEntry[^/]*$/, '');
  const shared = async (name) => {
    const [version] = Object.values(scope[name]);
    return (await version.get())();
  };
  async function load() {
    const [{ makePlugin }, widgets, notebook, rendermime, codemirror, language] = await Promise.all([
      import(`${here}plugin.js`),
      shared('@lumino/widgets'),
      shared('@jupyterlab/notebook'),
      shared('@jupyterlab/rendermime'),
      shared('@jupyterlab/codemirror'),
      shared('@codemirror/language'),
    ]);
    return {
      __esModule: true,
      default: makePlugin({ here, widgets, notebook, rendermime, codemirror, language }),
    };
  }
  (window._JUPYTERLAB ??= {})['millrace-lab'] = {
    init: (sharedScope) => {
      scope = sharedScope;
    },
    get: async () => {
      const module = await load();
      return () => module;
    },
  };
})();
