// What the outputs of one notebook and its kernel say to each other: frames drawn, buttons pressed, and after a page reload the frames of the
// outputs that go on (a reloaded page has lost the connection between display ids and outputs, so they come by a comm instead).

const DISPLAYS = 'millrace.display';
const ACTIONS = 'millrace.view';
/** Neither end of these messages is worth a blink of the kernel's "busy" light. */
const QUIET = { millrace: { quiet: true } };

export class KernelLink {
  /** `onMillrace`: called when the notebook's kernel turns out to be ours. */
  constructor(panel, { onMillrace }) {
    this.panel = panel;
    this.onMillrace = onMillrace;
    /** The views of this notebook that are on the page. */
    this.views = new Set();
    this.kernel = null;
    this.comms = new Map();
    /** Displays that this page has seen begin: their frames come as update_display_data. */
    this.seen = new Set();
    /** Displays whose frames come by the comm, and the cells they belong to. */
    this.attached = new Map();
    /** Displays that have found their output. */
    this.placed = new Set();
    const { sessionContext } = panel;
    sessionContext.kernelChanged.connect(() => this.connect());
    sessionContext.statusChanged.connect((_sender, status) => this.onStatus(status));
    void sessionContext.ready.then(() => this.connect());
  }

  onStatus(status) {
    if (['restarting', 'autorestarting', 'terminating', 'dead'].includes(status)) this.forget();
    this.connect();
  }

  /** The kernel is another one, or gone: nothing that it showed lives on. */
  forget() {
    this.seen.clear();
    this.attached.clear();
    this.placed.clear();
    this.comms.clear();
    this.refresh();
  }

  refresh() {
    for (const view of this.views) view.refresh();
  }

  connect() {
    const kernel = this.panel.sessionContext.session?.kernel ?? null;
    if (kernel === this.kernel) return;
    this.kernel = kernel;
    this.forget();
    if (kernel === null) return;
    kernel.iopubMessage.connect((_sender, message) => {
      const { header, parent_header: parent, content } = message;
      if (header.msg_type !== 'display_data' || parent.session !== kernel.clientId) return;
      if (content.transient?.display_id !== undefined) this.seen.add(content.transient.display_id);
    });
    void kernel.info.then((info) => {
      if (info.implementation !== 'millrace' || this.kernel !== kernel) return;
      this.onMillrace();
      void this.panel.context.ready.then(() => this.send(DISPLAYS, { method: 'list' }));
    });
  }

  /** Whether the kernel may still send frames for this output. */
  isLive(display) {
    return this.seen.has(display) || this.attached.has(display);
  }

  comm(target) {
    let comm = this.comms.get(target);
    if (comm === undefined || comm.isDisposed) {
      comm = this.kernel.createComm(target);
      comm.onMsg = (message) => this.receive(message.content.data);
      comm.onClose = () => this.closed(target);
      // Frames drawn and buttons pressed are answered by frames, not by replies: nobody waits for the futures.
      comm.open({}, QUIET).dispose();
      this.comms.set(target, comm);
    }
    return comm;
  }

  send(target, data) {
    if (this.kernel === null || this.kernel.isDisposed) return;
    this.comm(target).send(data, QUIET).dispose();
  }

  acknowledge(display, frame) {
    if (display !== undefined && this.isLive(display)) this.send(DISPLAYS, { method: 'acknowledge', display, frame });
  }

  /** A button: {job, id, display, action, view}. */
  act(request) {
    this.pressed = request;
    this.send(ACTIONS, request);
  }

  /** A kernel that was started again and has no jobs knows nothing of buttons. */
  closed(target) {
    this.comms.delete(target);
    if (target === ACTIONS && this.pressed !== undefined)
      this.receive({ job: this.pressed.job, error: 'The kernel no longer has this job: run the cell again.' });
  }

  receive(data) {
    if (data.method === 'list') this.attach(data.displays);
    else if (data.method === 'frame') this.frame(data);
    else if (data.method === 'gone') {
      this.attached.delete(data.display);
      this.refresh();
    } else if (data.error !== undefined) for (const view of this.views) view.complain(data.job, data.error);
  }

  attach(displays) {
    for (const { display, cell } of displays) {
      if (this.seen.has(display)) continue;
      this.attached.set(display, cell);
      this.send(DISPLAYS, { method: 'attach', display });
    }
    this.refresh();
  }

  /**
   * A frame that does not come as update_display_data: it goes to the output with that display id. If there is none, the page was reloaded
   * before the notebook was saved: then to the cell it belongs to, in place of what an earlier run of that cell has left.
   */
  frame({ display, frame, data }) {
    const output = { output_type: 'display_data', data, metadata: { millrace: { display, frame } } };
    const cells = [...this.panel.content.model.cells].filter((cell) => cell.type === 'code');
    const put = ({ outputs }, matches) => {
      for (let i = 0; i < outputs.length; i++) {
        if (!matches(outputs.get(i).metadata?.millrace?.display)) continue;
        outputs.set(i, output);
        return true;
      }
      return false;
    };
    if (cells.some((cell) => put(cell, (id) => id === display))) {
      this.placed.add(display);
      return;
    }
    const owner = cells.find((cell) => cell.id === this.attached.get(display));
    if (owner === undefined || this.placed.has(display)) {
      // The user has removed the output, or the cell.
      this.attached.delete(display);
      this.send(DISPLAYS, { method: 'detach', display });
      return;
    }
    this.placed.add(display);
    if (!put(owner, (id) => id !== undefined && !this.isLive(id))) owner.outputs.add(output);
  }
}
