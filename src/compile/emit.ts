/** The JS module of a file of kernels, and its declarations: parameter names, types and doc comments as in the source. */
import { arrayType, type KernelSignature } from "../memory/metadata.js";

const ARRAYS: Readonly<Record<string, string>> = {
  float64: "Float64Array",
  float32: "Float32Array",
  int32: "Int32Array",
  uint32: "Uint32Array",
  int16: "Int16Array",
  uint16: "Uint16Array",
  int8: "Int8Array",
  uint8: "Uint8Array",
};

/** Words that JS takes for itself: exported under their name, but not declared by it. */
const RESERVED =
  /^(?:arguments|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)$/;

function local(name: string): string {
  return RESERVED.test(name) ? `${name}_` : name;
}

function exportLine(name: string): string {
  return local(name) === name ? "" : `export { ${local(name)} as ${name} };\n`;
}

/** The text of `x.js`. */
export function javascript(module: string, source: string, kernels: readonly KernelSignature[]): string {
  const handles = kernels.map(({ name }) => {
    const exported = local(name) === name ? "export " : "";
    return `${exported}const ${local(name)} = wasmKernel(module, ${JSON.stringify(name)});\n${exportLine(name)}`;
  });
  return (
    `// Made from ${source} by allcores build: change that file, and build again.\n` +
    `import { wasmKernel } from "allcores";\n\nconst module = new URL(${JSON.stringify(`./${module}.wasm`)}, import.meta.url);\n` +
    handles.join("")
  );
}

/** The text of `x.d.ts`. */
export function declarations(source: string, kernels: readonly KernelSignature[]): string {
  const declared = kernels.map((kernel) => {
    const { name } = kernel;
    const exported = local(name) === name ? "export " : "";
    return `${docComment(kernel)}${exported}declare const ${local(name)}: Kernel<${functionType(kernel)}>;\n${exportLine(name)}`;
  });
  return (
    `// Made from ${source} by allcores build: change that file, and build again.\n` +
    `import type { Kernel } from "allcores";\n\n${declared.join("\n")}`
  );
}

function docComment({ doc, params }: KernelSignature): string {
  const types = params.map(({ name, type }) => `${name}: ${type}`).join(", ");
  const lines = [...(doc?.replaceAll("*/", "*\\/").split("\n") ?? []), `In AssemblyScript: (${types})`];
  return `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join("\n")}\n */\n`;
}

/** The kernel's type as its callers see it: arrays on the heap, numbers, bigints. */
function functionType({ params, result }: KernelSignature): string {
  const [begin, end] = params;
  const isRange = begin?.name === "begin" && end?.name === "end";
  const list = params.map(({ name, type }, i) => {
    // Executors count in numbers, whatever the kernel takes.
    const shown = isRange && i < 2 ? "number" : typescriptType(type);
    return `${RESERVED.test(name) ? `${name}_` : name}: ${shown}`;
  });
  return `(${list.join(", ")}) => ${typescriptType(result)}`;
}

function typescriptType(type: string): string {
  const array = arrayType(type);
  if (array) return ARRAYS[array.element] as string;
  if (type === "void") return "void";
  if (type === "bool") return "boolean";
  if (type === "i64" || type === "u64") return "bigint";
  return type === "usize" || type === "isize" ? "number | ArrayBufferView" : "number";
}
