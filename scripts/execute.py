"""Executes a notebook as `jupyter nbconvert --execute` does, prints what its cells show, writes OUT.ipynb and OUT.html.

With --save the notebook itself keeps the outputs: pictures, tables and text for GitHub, and our own view, which JupyterLab shows also in a
notebook that is not trusted yet.
"""

import json
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

source, out = sys.argv[1], sys.argv[2]
notebook = nbformat.read(source, as_version=4)
for cell in notebook.cells:
    if cell.cell_type == "code":  # what an earlier run has left is no result of this one
        cell.outputs, cell.execution_count = [], None
started = time.time()
client = NotebookClient(notebook, timeout=180, kernel_name="millrace", resources={"metadata": {"path": str(Path(source).parent)}})
failure = None
try:
    client.execute()
except Exception as error:  # the outputs so far are written and shown all the same
    failure = error
for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
    print(f"[{number}] {cell.source.strip().splitlines()[0][:100] if cell.source.strip() else ''}")
    for output in cell.outputs:
        if output.output_type == "stream":
            print(output.text.rstrip())
        elif output.output_type == "error":
            print("\n".join(output.traceback))
        else:
            text = output.data.get("text/plain", "")
            print(text if isinstance(text, str) else json.dumps(text))
    print()
nbformat.write(notebook, f"{out}.ipynb")
if "--save" in sys.argv and failure is None:
    saved = nbformat.from_dict(json.loads(nbformat.writes(notebook)))
    for cell in saved.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            data.pop("application/vnd.plotly.v1+json", None)
            if "image/svg+xml" in data or "image/png" in data:
                data.pop("text/html", None)  # GitHub would take it and then drop the picture inside
            output.get("metadata", {}).pop("millrace", None)
    saved.metadata.pop("widgets", None)
    nbformat.write(saved, source)
body, _ = HTMLExporter().from_notebook_node(notebook)
with open(f"{out}.html", "w", encoding="utf-8") as file:
    file.write(body)
print(f"{'failed' if failure else 'executed'} in {time.time() - started:.1f} s")
if failure:
    print(str(failure)[-2000:], file=sys.stderr)
    sys.exit(1)
