"""Functions of Python cells that SQL calls: the decorators of PyFlink, and the thread that answers the calls.

Frames on descriptors 5 (in) and 6 (out), as those of the bridge: two little-endian 32-bit lengths, a JSON header, a payload. The payload of a call is an
Arrow stream without rows whose one column has the type of the result, then an Arrow stream with the arguments.
"""

import importlib.util
import inspect
import json
import os
import pickle
import struct
import sys
import threading
import traceback
import types
import typing


class Row(tuple):
    """A row with names: row.a, row['a'], row[0]. Row(1, 2) has no names."""

    def __new__(cls, *values, **named):
        row = super().__new__(cls, values or named.values())
        row._names = tuple(named)
        return row

    @staticmethod
    def of(names, values):
        row = tuple.__new__(Row, values)
        row._names = tuple(names)
        return row

    def __getattr__(self, name):
        if name.startswith("_") or name not in self._names:
            raise AttributeError(name)
        return self[self._names.index(name)]

    def __getitem__(self, key):
        return getattr(self, key) if isinstance(key, str) else super().__getitem__(key)

    def __reduce__(self):
        return Row.of, (self._names, tuple(self))

    def as_dict(self):
        return dict(zip(self._names, self))


class SqlType(str):
    """The text of a SQL type."""

    def not_null(self):
        return SqlType(f"{self} NOT NULL")

    def nullable(self):
        return SqlType(self.removesuffix(" NOT NULL"))


def _plain(name):
    return staticmethod(lambda nullable=True: SqlType(name if nullable else f"{name} NOT NULL"))


class DataTypes:
    """The names of PyFlink's types; each gives the text of a SQL type."""

    BOOLEAN, TINYINT, SMALLINT, INT, BIGINT = map(_plain, ("BOOLEAN", "TINYINT", "SMALLINT", "INT", "BIGINT"))
    FLOAT, DOUBLE, STRING, BYTES, DATE = map(_plain, ("FLOAT", "DOUBLE", "STRING", "BYTES", "DATE"))

    @staticmethod
    def CHAR(length):
        return SqlType(f"CHAR({length})")

    @staticmethod
    def VARCHAR(length):
        return SqlType(f"VARCHAR({length})")

    @staticmethod
    def BINARY(length):
        return SqlType(f"BINARY({length})")

    @staticmethod
    def VARBINARY(length):
        return SqlType(f"VARBINARY({length})")

    @staticmethod
    def DECIMAL(precision, scale):
        return SqlType(f"DECIMAL({precision}, {scale})")

    @staticmethod
    def TIME(precision=0):
        return SqlType(f"TIME({precision})")

    @staticmethod
    def TIMESTAMP(precision=6):
        return SqlType(f"TIMESTAMP({precision})")

    @staticmethod
    def TIMESTAMP_LTZ(precision=6):
        return SqlType(f"TIMESTAMP_LTZ({precision})")

    TIMESTAMP_WITH_LOCAL_TIME_ZONE = TIMESTAMP_LTZ

    @staticmethod
    def ARRAY(element):
        return SqlType(f"ARRAY<{element}>")

    LIST_VIEW = ARRAY

    @staticmethod
    def MAP(key, value):
        return SqlType(f"MAP<{key}, {value}>")

    @staticmethod
    def FIELD(name, data_type, description=None):
        return name, data_type

    @staticmethod
    def ROW(fields=()):
        named = (field if isinstance(field, tuple) else (f"f{i}", field) for i, field in enumerate(fields))
        return SqlType("ROW<" + ", ".join(f"`{name}` {data_type}" for name, data_type in named) + ">")


class UserDefinedFunction:
    """The base of functions that are classes."""

    def open(self, function_context):
        pass

    def close(self):
        pass

    def is_deterministic(self):
        return True


class ScalarFunction(UserDefinedFunction):
    """eval(*args) gives a value."""


class TableFunction(UserDefinedFunction):
    """eval(*args) gives rows."""


class AggregateFunction(UserDefinedFunction):
    """create_accumulator(), accumulate(accumulator, *args), get_value(accumulator); retract and merge where they are needed."""


_hints = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "STRING", bytes: "BYTES"}


def _type_of(hint):
    """The SQL type of a type hint; None when there is none."""
    if hint in _hints:
        return _hints[hint]
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        members = [arg for arg in args if arg is not type(None)]
        return _type_of(members[0]) if len(members) == 1 else None
    if origin is list and args and _type_of(args[0]):
        return f"ARRAY<{_type_of(args[0])}>"
    if origin is dict and args and _type_of(args[0]) and _type_of(args[1]):
        return f"MAP<{_type_of(args[0])}, {_type_of(args[1])}>"
    name = f"{getattr(hint, '__module__', '')}.{getattr(hint, '__qualname__', '')}"
    return {"datetime.date": "DATE", "datetime.datetime": "TIMESTAMP(6)", "datetime.time": "TIME(3)"}.get(name)


class Function:
    """A function that SQL can call. In Python it is called as before."""

    def __init__(self, kind, fn, input_types, result_type, deterministic, name, func_type):
        fn = fn() if inspect.isclass(fn) else fn
        self.kind = kind
        self.fn = fn
        self.vectorized = func_type == "pandas"
        self.call = fn.eval if hasattr(fn, "eval") else fn
        self.name = name or getattr(fn, "__name__", type(fn).__name__)
        self.deterministic = fn.is_deterministic() if deterministic is None and hasattr(fn, "is_deterministic") else deterministic is not False
        hints = {} if self.vectorized else self._hints()
        self.args = self._given(input_types) if input_types is not None else self._hinted(hints)
        self.result = result_type if result_type is not None else _type_of(hints.get("return"))
        if self.result is None and hasattr(fn, "get_result_type"):
            self.result = fn.get_result_type()
        if self.result is None:
            raise TypeError(f"{self.name}() needs a result type: @{'udf' if kind == 'scalar' else kind}(result_type='BIGINT')")
        if kind == "table" and isinstance(self.result, (list, tuple)):
            self.result = self.result[0] if len(self.result) == 1 else DataTypes.ROW(self.result)
        functions[self.name] = self

    def _hints(self):
        try:
            return typing.get_type_hints(self.call)
        except Exception:
            return {}

    @staticmethod
    def _given(input_types):
        return [str(t) for t in (input_types if isinstance(input_types, (list, tuple)) else [input_types])]

    def _hinted(self, hints):
        if self.kind == "aggregate":
            return None
        names = [
            p.name
            for p in inspect.signature(self.call).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
        ]
        types_of = [_type_of(hints.get(name)) for name in names]
        return types_of if names and all(types_of) else None

    def __call__(self, *args, **named):
        return self.fn(*args, **named) if callable(self.fn) else self.call(*args, **named)

    def described(self):
        return {
            "name": self.name,
            "kind": self.kind,
            "args": self.args,
            "returns": str(self.result),
            "deterministic": bool(self.deterministic),
            "vectorized": self.vectorized,
            "retract": hasattr(self.fn, "retract"),
            "merge": hasattr(self.fn, "merge"),
        }


functions = {}
_told = {}


def changed():
    """Descriptions of the functions that are new, or other than they were, since the last call."""
    new = [fn for name, fn in functions.items() if _told.get(name) is not fn]
    _told.update((fn.name, fn) for fn in new)
    return [fn.described() for fn in new]


def _decorator(kind):
    def decorate(f=None, input_types=None, result_type=None, deterministic=None, name=None, func_type="general", **more):
        result_type = result_type if result_type is not None else more.get("result_types")
        unknown = set(more) - {"result_types", "accumulator_type", "udf_type"}
        if unknown:
            raise TypeError(f"unknown argument {', '.join(sorted(unknown))}")

        def make(fn):
            return Function(kind, fn, input_types, result_type, deterministic, name, func_type)

        return make if f is None else make(f)

    return decorate


udf, udtf, udaf = _decorator("scalar"), _decorator("table"), _decorator("aggregate")


class _TableEnvironment:
    """What PyFlink's examples call to give a function a name in SQL."""

    def create_temporary_function(self, path, function):
        if not isinstance(function, Function):
            function = udf(function)
        named = object.__new__(Function)
        named.__dict__.update(function.__dict__, name=path.split(".")[-1])
        functions[named.name] = named

    create_temporary_system_function = register_function = create_temporary_function

    def drop_temporary_function(self, path):
        functions.pop(path.split(".")[-1], None)

    drop_temporary_system_function = drop_temporary_function


t_env = _TableEnvironment()


def install():
    """Makes `import millrace` work in cells, and `from pyflink.table import ...` where PyFlink itself is not installed."""
    names = {
        "udf": udf, "udtf": udtf, "udaf": udaf, "DataTypes": DataTypes, "Row": Row, "t_env": t_env,
        "ScalarFunction": ScalarFunction, "TableFunction": TableFunction, "AggregateFunction": AggregateFunction,
    }  # fmt: skip
    wanted = ["millrace"]
    if importlib.util.find_spec("pyflink") is None:
        wanted += ["pyflink", "pyflink.table", "pyflink.table.udf", "pyflink.table.types", "pyflink.common", "pyflink.common.types"]
    for name in wanted:
        module = types.ModuleType(name, "Functions of Python cells for Flink SQL.")
        module.__dict__.update(names)
        module.__path__ = []
        sys.modules[name] = module


# Answering calls.


def _fit(value, wanted):
    """A value as pyarrow takes it for a type: rows by name, maps as pairs."""
    import pyarrow

    if value is None:
        return None
    if pyarrow.types.is_struct(wanted):
        fields = [wanted.field(i) for i in range(wanted.num_fields)]
        if isinstance(value, Row) and value._names:
            value = value.as_dict()
        elif hasattr(value, "_asdict"):
            value = value._asdict()
        if isinstance(value, dict):
            return {field.name: _fit(value.get(field.name), field.type) for field in fields}
        values = value if isinstance(value, (tuple, list)) else (value,)
        return {field.name: _fit(item, field.type) for field, item in zip(fields, values, strict=True)}
    if pyarrow.types.is_map(wanted):
        pairs = value.items() if isinstance(value, dict) else value
        return [(_fit(key, wanted.key_type), _fit(item, wanted.item_type)) for key, item in pairs]
    if pyarrow.types.is_list(wanted):
        return [_fit(item, wanted.value_type) for item in value]
    return value


def _values(column):
    """The values of a column as functions see them: rows as Row."""
    import pyarrow

    if not pyarrow.types.is_nested(column.type):
        return column.to_pylist()
    return [_seen(value, column.type) for value in column.to_pylist()]


def _seen(value, given):
    import pyarrow

    if value is None:
        return None
    if pyarrow.types.is_struct(given):
        fields = [given.field(i) for i in range(given.num_fields)]
        return Row.of((f.name for f in fields), tuple(_seen(value[f.name], f.type) for f in fields))
    if pyarrow.types.is_map(given):
        return {key: _seen(item, given.item_type) for key, item in value}
    if pyarrow.types.is_list(given):
        return [_seen(item, given.value_type) for item in value]
    return value


def _table(function, columns, rows):
    def rows_of(*values):
        made = function.call(*values)
        if made is None:
            return []
        return list(made) if hasattr(made, "__iter__") and not isinstance(made, (str, bytes, tuple, dict)) else [made]

    return [rows_of(*values) for values in zip(*map(_values, columns))] if columns else [rows_of() for _ in range(rows)]


def _scalar(function, columns, rows):
    if function.vectorized:
        made = function.call(*(column.to_pandas() for column in columns))
        if len(made) != rows:
            raise ValueError(f"{function.name}() got {rows} rows and gave {len(made)}")
        return made
    if not columns:
        return [function.call() for _ in range(rows)]
    return [function.call(*values) for values in zip(*map(_values, columns))]


def _aggregate(function, operation, columns):
    """One step over an accumulator, which travels as bytes; a vectorised function gets all values of the group at once."""
    fn = function.fn
    if function.vectorized:
        return [function.call(*(column.to_pandas() for column in columns))]
    saved, *values = (_values(column)[0] for column in columns)
    accumulator = fn.create_accumulator() if saved is None else pickle.loads(saved)
    if operation == "value":
        return [fn.get_value(accumulator)]
    if operation == "merge":
        fn.merge(accumulator, [pickle.loads(values[0])])
    else:
        getattr(fn, operation)(accumulator, *values)
    return [pickle.dumps(accumulator)]


def _answer(header, payload):
    try:
        import pyarrow
    except ImportError as error:
        raise ImportError("functions in Python need pyarrow: pip install pyarrow") from error

    function = functions.get(header["name"])
    if function is None:
        raise NameError(f"function '{header['name']}' is not defined in Python any more")
    split = header["split"]
    wanted = pyarrow.ipc.open_stream(payload[:split]).schema.field(0).type
    table = pyarrow.ipc.open_stream(payload[split:]).read_all().combine_chunks()
    columns = [column.combine_chunks() for column in table.columns]
    operation, rows = header["operation"], header["rows"]
    if function.kind == "aggregate":
        made = _aggregate(function, operation, columns)
    elif function.kind == "table":
        made = _table(function, columns, rows)
    else:
        made = _scalar(function, columns, rows)
    if pyarrow.types.is_nested(wanted):
        made = [_fit(value, wanted) for value in made]
    array = pyarrow.array(made, type=wanted, from_pandas=True)
    sink = pyarrow.BufferOutputStream()
    result = pyarrow.table({"result": array})
    with pyarrow.ipc.new_stream(sink, result.schema) as writer:
        writer.write_table(result)
    return sink.getvalue().to_pybytes()


def _reason(error):
    """The error and the line of the cell that raised it."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    place = f" (line {own[-1].lineno} of {own[-1].filename})" if own and own[-1].filename.startswith("<cell") else ""
    return f"{type(error).__name__}: {error}{place}"


def serve():
    """Answers calls in a thread of its own until the notebook's process ends."""
    calls, answers = os.fdopen(5, "rb"), os.fdopen(6, "wb")

    def loop():
        while True:
            head = calls.read(8)
            if len(head) < 8:
                return
            header_size, payload_size = struct.unpack("<II", head)
            header, payload = json.loads(calls.read(header_size)), calls.read(payload_size)
            answer, data = {"id": header["id"]}, b""
            try:
                data = _answer(header, payload)
            except BaseException as error:
                answer["error"] = _reason(error)
            text = json.dumps(answer).encode()
            answers.write(struct.pack("<II", len(text), len(data)) + text + data)
            answers.flush()

    threading.Thread(target=loop, name="sql-functions", daemon=True).start()
