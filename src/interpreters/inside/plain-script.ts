/**
 * Sources that declare nothing, await nothing and import nothing run as plain scripts: they leave no name that only the
 * session could keep, and V8 alone takes a fourth of the session's time for them.
 *
 * There is no parser here: a source that has one of the words anywhere, in a string or a comment too, goes the session's way.
 */
import { Script } from "node:vm";

/** What declares or awaits, and what hides that (`eval`) or the source's name. An escape may hide a word. */
const WORDS = /\b(?:await|class|const|eval|function|import|let|sourceURL|using|var)\b|\\u/;

/** @returns undefined for a source that needs the session, if only to say where it can't be parsed */
export function plainScript(source: string, url: string): Script | undefined {
  if (WORDS.test(source)) return undefined;
  try {
    return new Script(source, { filename: url });
  } catch {
    return undefined;
  }
}
