/** Types as a program writes them, since the compiler's names of function types and nullable types can't be compiled. */
import type { AscType } from "./asc.js";

/** @param list the class named for lists, and lists of lists, in place of Array and StaticArray */
export function typeText(type: AscType, list?: string): string {
  const text = withoutNull(type, list);
  if (!type.isNullableReference) return text;
  return `${type.signatureReference ? `(${text})` : text} | null`;
}

function withoutNull(type: AscType, list: string | undefined): string {
  const { signatureReference: signature, classReference } = type;
  if (signature) {
    const params = signature.parameterTypes.map((one, i) => `${String.fromCharCode(97 + i)}: ${typeText(one)}`);
    return `(${params.join(", ")}) => ${typeText(signature.returnType)}`;
  }
  const [name = ""] = /[^/]*$/.exec(type.toString().replace(/<.*| \| null$/, "")) ?? [];
  const made = classReference?.typeArguments;
  if (!made) return name === "String" ? "string" : name;
  const isList = name === "Array" || name === "StaticArray";
  const inner = made.map((one) => typeText(one, isList ? list : undefined));
  return `${isList ? (list ?? name) : name}<${inner.join(", ")}>`;
}
