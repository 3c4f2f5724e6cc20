// What the outputs of one notebook and its kernel say to each other: frames drawn, buttons pressed, and after a page reload the frames of the
// outputs that go on (a reloaded page has lost the connection between display ids and outputs, so they come by a comm instead).

const DISPLAYS = 'millrace.display';
const ACTIONS = 'millrace.view';
export const VIEW_MIME = 'application/vnd.millrace.view.v1+json';

export class KernelLink {
  constructor(panel) {
    this.panel = panel;
    this.kernel = null;
    this.comms = new Map();
    panel.sessionContext.kernelChanged.connect(() => this.connect());
    panel.sessionContext.statusChanged.connect(() => this.connect());
    void panel.sessionContext.ready.then(() => this.connect());
  }

  connect() {
    const kernel = this.panel.sessionContext.session?.kernel ?? null;
    if (kernel === this.kernel || kernel === null) return;
    this.kernel = kernel;
    this.comms.clear();
    void kernel.info.then((info) => {
      if (info.implementation !== 'millrace' || this.kernel !== kernel) return;
      void this.panel.context.ready.then(() => this.send(DISPLAYS, { method: 'list' }));
    });
  }

  comm(target) {
    let comm = this.comms.get(target);
    if (comm === undefined || comm.isDisposed) {
      comm = this.kernel.createComm(target);
      comm.onMsg = (message) => this.receive(message.content.data);
      comm.onClose = () => this.comms.delete(target);
      comm.open({});
      this.comms.set(target, comm);
    }
    return comm;
  }

  send(target, data) {
    if (this.kernel === null || this.kernel.isDisposed) return;
    this.comm(target).send(data);
  }

  acknowledge(display, frame) {
    if (display !== undefined) this.send(DISPLAYS, { method: 'acknowledge', display, frame });
  }

  act(job, action, view) {
    this.send(ACTIONS, { job, action, view });
  }

  receive(data) {
    if (data.method === 'list') {
      for (const { display, cell } of data.displays) {
        if (this.kernel._displayIdToParentIds?.has(display)) continue; // this page saw the cell run: updates reach it the usual way
        this.attached ??= new Map();
        this.attached.set(display, cell);
        this.send(DISPLAYS, { method: 'attach', display });
      }
    } else if (data.method === 'frame') this.frame(data);
  }

  /** A frame of an output that this page did not see begin: into the saved output with that display id, else into the cell it belongs to. */
  frame({ display, frame, data }) {
    const output = { output_type: 'display_data', data, metadata: { millrace: { display, frame } } };
    const cells = [...this.panel.content.model.cells].filter((cell) => cell.type === 'code');
    for (const cell of cells) {
      for (let i = 0; i < cell.outputs.length; i++) {
        if (cell.outputs.get(i).metadata?.millrace?.display !== display) continue;
        cell.outputs.set(i, output);
        return;
      }
    }
    const owner = cells.find((cell) => cell.id === this.attached?.get(display));
    owner?.outputs.add(output);
  }
}
