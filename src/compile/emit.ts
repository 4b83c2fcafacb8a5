/** The JS module of a file of kernels, and its declarations: parameter names, types and doc comments as in the source. */
import { arrayTypeName } from "../memory/heap.js";
import { arrayType, isForRanges, type KernelSignature, TEXTS } from "../memory/metadata.js";

/** Reserved words of JS: a kernel can be exported under such a name, but not declared by it. */
const RESERVED =
  /^(?:arguments|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)$/;

type Kernels = readonly KernelSignature[];

/** A name that no kernel has: the given one, or with dollars before it. */
function apart(name: string, kernels: Kernels): string {
  return kernels.some((kernel) => kernel.name === name) ? apart(`$${name}`, kernels) : name;
}

function local(name: string, kernels: Kernels): string {
  return RESERVED.test(name) ? apart(`${name}_`, kernels) : name;
}

function exportLine(name: string, kernels: Kernels): string {
  return local(name, kernels) === name ? "" : `export { ${local(name, kernels)} as ${name} };\n`;
}

/** The import of a name from allcores, renamed if a kernel has the name. */
function imported(name: string, kernels: Kernels): string {
  return apart(name, kernels) === name ? name : `${name} as ${apart(name, kernels)}`;
}

/** The text of `x.js`. */
export function javascript(file: string, source: string, kernels: Kernels): string {
  const [make, module] = [apart("wasmKernel", kernels), apart("module", kernels)];
  const handles = kernels.map(({ name }) => {
    const handleName = local(name, kernels);
    const handle = `const ${handleName} = ${make}(${module}, ${JSON.stringify(name)});\n`;
    return `${handleName === name ? "export " : ""}${handle}${exportLine(name, kernels)}`;
  });
  return (
    `// Made from ${source} by allcores build: change that file, and build again.\n` +
    `import { ${imported("wasmKernel", kernels)} } from "allcores";\n\n` +
    `const ${module} = new globalThis.URL(${JSON.stringify(`./${encodeURIComponent(file)}.wasm`)}, import.meta.url);\n` +
    handles.join("")
  );
}

/** The text of `x.d.ts`. */
export function declarations(source: string, kernels: Kernels): string {
  const handle = apart("Kernel", kernels);
  const declared = kernels.map((kernel) => {
    const { name } = kernel;
    const handleName = local(name, kernels);
    const declared = `declare const ${handleName}: ${handle}<${functionType(kernel)}${namedType(kernel)}>;\n`;
    return `${docComment(kernel)}${handleName === name ? "export " : ""}${declared}${exportLine(name, kernels)}`;
  });
  return (
    `// Made from ${source} by allcores build: change that file, and build again.\n` +
    `import type { ${imported("Kernel", kernels)} } from "allcores";\n\n${declared.join("\n")}`
  );
}

function docComment({ doc, params }: KernelSignature): string {
  const types = params.map(({ name, type }) => `${name}: ${type}`).join(", ");
  const lines = [...(doc?.replaceAll("*/", "*\\/").split("\n") ?? []), `In AssemblyScript: (${types})`];
  return `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */\n`;
}

/** The kernel's type as its callers see it: arrays on the heap, numbers, bigints. */
function functionType({ params, result }: KernelSignature): string {
  const isRange = isForRanges(params);
  const list = params.map(({ name, type }, i) => {
    // Executors count in numbers, whatever the kernel takes.
    const shown = isRange && i < 2 ? "number" : typescriptType(type);
    return `${RESERVED.test(name) ? `${name}_` : name}: ${shown}`;
  });
  return `(${list.join(", ")}) => ${typescriptType(result)}`;
}

/** The arguments by name: nothing for a kernel that takes none. */
function namedType({ params }: KernelSignature): string {
  // What is no argument: the range, and the accumulator that the package makes.
  const taken = params.slice(isForRanges(params) ? 2 : 0).filter(({ type }) => arrayType(type)?.kind !== "Acc");
  if (taken.length === 0) return "";
  return `, { ${taken.map(({ name, type }) => `${name}: ${typescriptType(type)}`).join("; ")} }`;
}

function typescriptType(type: string): string {
  if (type === TEXTS) return 'import("allcores").Texts';
  const array = arrayType(type);
  if (array?.element === "uint8") return "Uint8Array | Uint8ClampedArray";
  if (array) return arrayTypeName(array.element);
  if (type === "void") return "void";
  if (type === "bool") return "boolean";
  if (type === "i64" || type === "u64") return "bigint";
  return type === "usize" || type === "isize" ? "number | ArrayBufferView" : "number";
}
