/** Where a module's static data ends, as the module itself reports: zeroed `memory.data` is in no data segment. */
import { HEAP_START, PAGE } from "../memory/layout.js";
import { takeStaticData } from "../memory/static-data.js";

let memory: WebAssembly.Memory | undefined;

/** The address; undefined where no shared memory can be made: loading the module then finds it. */
export function staticEnd(module: Uint8Array): number | undefined {
  try {
    memory ??= new WebAssembly.Memory({ initial: HEAP_START / PAGE, maximum: 65535, shared: true }); // no page is touched
  } catch {
    return undefined;
  }
  const nothing = () => {};
  const { code } = takeStaticData(module, "the module");
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code as Uint8Array<ArrayBuffer>), {
    env: { memory, abort: nothing, outside: nothing, trace: nothing },
  });
  return (exports.__allcores_static_end as () => number)() >>> 0;
}
