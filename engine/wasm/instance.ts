/** WebAssembly as this folder needs it; the compiler's library without a DOM does not know it. */
export interface WasmMemory {
  /** Replaced by another buffer when the memory grows; views on the old one are then empty. */
  readonly buffer: ArrayBuffer;
  /** Adds pages of 64 KiB. */
  grow(pages: number): number;
}
export interface WasmExports {
  readonly memory: WasmMemory;
}
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;

/** A maker of instances of one module, each with a memory of its own; the bytes are made and compiled when first needed. */
export function wasmModule<E extends WasmExports>(bytes: () => Uint8Array): () => E {
  let compiled: object | undefined;
  return () => new Instance((compiled ??= new Module(bytes()))).exports as unknown as E;
}
