"""The Python side of %%python: one long-lived interpreter that runs cells sent to it.

Frames on descriptors 3 (in) and 4 (out): two little-endian 32-bit lengths, a JSON header, a payload of Arrow IPC streams one after
the other. What cells print goes out as frames too; what native code prints comes by the ordinary stdout.
"""

import ast
import base64
import builtins
import io
import json
import linecache
import os
import signal
import struct
import sys
import threading
import traceback

import python_functions

commands = os.fdopen(3, "rb", buffering=0)
answers = os.fdopen(4, "wb", buffering=0)
namespace = {"__name__": "__main__", "__builtins__": builtins}
sys.modules["__main__"].__dict__.update(namespace)
namespace = sys.modules["__main__"].__dict__


def read_exactly(count):
    parts = []
    while count > 0:
        part = commands.read(min(count, 1 << 20))
        if not part:
            sys.exit(0)  # the notebook's process has ended
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def receive():
    header_size, payload_size = struct.unpack("<II", read_exactly(8))
    return json.loads(read_exactly(header_size)), read_exactly(payload_size)


sending = threading.Lock()


def send(header, payload=b""):
    head = json.dumps(header, default=str).encode()
    frame = memoryview(struct.pack("<II", len(head), len(payload)) + head + payload)
    # Functions that SQL calls run in a thread of their own and may print.
    with sending:
        while frame:
            frame = frame[answers.write(frame) :]


class Stream(io.TextIOBase):
    """sys.stdout and sys.stderr: text goes to the output of the cell that runs."""

    encoding = "utf-8"

    def __init__(self, name):
        self.name = name
        self.pending = []
        self.size = 0

    def writable(self):
        return True

    def write(self, text):
        self.pending.append(text)
        self.size += len(text)
        if self.size > 8192 or "\n" in text:
            self.flush()
        return len(text)

    def flush(self):
        if self.pending:
            text, self.pending, self.size = "".join(self.pending), [], 0
            send({"op": "stream", "name": self.name, "text": text})


def mime_bundle(value):
    """What a notebook shows of a value: its own representations, as IPython asks for them."""
    bundle = {}
    if hasattr(value, "to_plotly_json") and hasattr(value, "to_json"):
        bundle["application/vnd.plotly.v1+json"] = json.loads(value.to_json())
    elif hasattr(value, "_repr_mimebundle_"):
        made = value._repr_mimebundle_()
        bundle.update(made[0] if isinstance(made, tuple) else made)
    for method, mime in (
        ("_repr_html_", "text/html"),
        ("_repr_markdown_", "text/markdown"),
        ("_repr_svg_", "image/svg+xml"),
        ("_repr_latex_", "text/latex"),
        ("_repr_json_", "application/json"),
        ("_repr_png_", "image/png"),
        ("_repr_jpeg_", "image/jpeg"),
    ):
        if mime in bundle or isinstance(value, type) or not hasattr(value, method):
            continue
        try:
            made = getattr(value, method)()
        except Exception:
            continue
        if made is not None:
            bundle[mime] = base64.b64encode(made).decode() if isinstance(made, bytes) else made
    bundle.setdefault("text/plain", repr(value))
    return bundle


def display(*values):
    for value in values:
        flush_streams()
        send({"op": "display", "bundle": figure_bundle(value) or mime_bundle(value)})


def figure_bundle(value):
    """A matplotlib figure as a picture."""
    if type(value).__name__ != "Figure" or not type(value).__module__.startswith("matplotlib"):
        return None
    picture = io.BytesIO()
    value.savefig(picture, format="png", bbox_inches="tight", dpi=100)
    return {"image/png": base64.b64encode(picture.getvalue()).decode(), "text/plain": repr(value)}


def show_figures():
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    for number in pyplot.get_fignums():
        display(pyplot.figure(number))
    pyplot.close("all")


def flush_streams():
    sys.stdout.flush()
    sys.stderr.flush()


def table_in(data):
    import pyarrow

    table = pyarrow.ipc.open_stream(data).read_all()
    try:
        import pandas  # noqa: F401
    except ImportError:
        return table
    return table.to_pandas()


def value_out(value):
    """(kind, JSON, Arrow bytes): tables by Arrow, plain values by JSON, everything else stays here under its name."""
    module = type(value).__module__.split(".")[0]
    if module in ("pandas", "pyarrow", "polars", "numpy"):
        table = arrow_table(value, module)
        if table is not None:
            import pyarrow

            sink = pyarrow.BufferOutputStream()
            with pyarrow.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
            return "arrow", None, sink.getvalue().to_pybytes()
        if module == "numpy" and getattr(value, "shape", None) == ():
            value = value.item()
    try:
        return "json", json.loads(json.dumps(value, allow_nan=False)), b""
    except (TypeError, ValueError):
        return "handle", {"type": type(value).__name__, "repr": repr(value)[:1000]}, b""


def arrow_table(value, module):
    import pyarrow

    if isinstance(value, pyarrow.Table):
        return value
    if isinstance(value, pyarrow.RecordBatch):
        return pyarrow.Table.from_batches([value])
    if module == "polars":
        return value.to_arrow() if hasattr(value, "columns") else None
    if module == "pandas":
        import pandas

        if isinstance(value, pandas.Series):
            value = value.to_frame(value.name if value.name is not None else "value")
        if isinstance(value, pandas.DataFrame):
            named = [name for name in value.index.names if name is not None]
            if named:
                value = value.reset_index()
            value.columns = ["_".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in value.columns]
            return pyarrow.Table.from_pandas(value, preserve_index=False)
    if module == "numpy" and getattr(value, "ndim", 0) in (1, 2):
        columns = [value] if value.ndim == 1 else list(value.T)
        return pyarrow.table({f"f{i}": column for i, column in enumerate(columns)})
    return None


def run(header, payload):
    name = header["file"]
    source = header["code"]
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    at = 0
    for item in header["inputs"]:
        if item["kind"] == "arrow":
            namespace[item["name"]] = table_in(payload[at : at + item["size"]])
            at += item["size"]
        else:
            namespace[item["name"]] = item["value"]
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), namespace)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)
        if value is not None and not source.rstrip().endswith(";"):
            namespace["_"] = value
            if type(value).__module__.startswith("matplotlib") and "matplotlib.pyplot" in sys.modules:
                pass  # the figure that it belongs to is shown below
            else:
                display(value)
    show_figures()
    outputs, parts = [], []
    for wanted in header["outputs"]:
        if wanted not in namespace:
            raise NameError(f"name '{wanted}' is not defined (asked for by -o {wanted})")
        kind, value, data = value_out(namespace[wanted])
        outputs.append({"name": wanted, "kind": kind, "value": value, "size": len(data)})
        parts.append(data)
    return outputs, b"".join(parts)


def failure(error):
    kind, value, trace = type(error), error, error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    lines = traceback.format_exception(kind, value, trace)
    return {"ename": kind.__name__, "evalue": str(value), "traceback": "".join(lines).rstrip().split("\n")}


def main():
    namespace["display"] = display
    sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    python_functions.install()
    python_functions.serve()
    send({"op": "ready", "version": sys.version.split()[0], "pid": os.getpid()})
    while True:
        header, payload = receive()
        answer, data = {"op": "done", "id": header["id"], "outputs": []}, b""
        try:
            try:
                signal.signal(signal.SIGINT, signal.default_int_handler)
                answer["outputs"], data = run(header, payload)
            finally:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
        except SystemExit as error:
            answer["error"] = {"ename": "SystemExit", "evalue": str(error), "traceback": ["the cell asked Python to exit; it goes on"]}
        except BaseException as error:
            answer["error"] = failure(error)
        flush_streams()
        answer["functions"] = python_functions.changed()
        send(answer, data)


main()
