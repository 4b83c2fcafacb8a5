/**
 * What coordinator and workers send to each other through Redis, as bytes that are checked before they are used:
 *
 *   0..1  "ac"   2  format   3  kind   4..19  digest of all that follows, of the kind and of what the message is about
 *   20..  length of the text, number of its buffers, of these and what is attached, length of each (uint32, little-endian);
 *         the text, the buffers, what is attached
 *
 * The digest says that the bytes are those which were sent, and that they are about this run: it is no signature. Whoever may
 * write into this Redis may make valid messages.
 */
import { createHash } from "node:crypto";
import { pack, unpack } from "./values.js";

const FORMAT = 1;
const DIGEST_AT = 4;
const DIGEST_BYTES = 16;
const BODY_AT = DIGEST_AT + DIGEST_BYTES;
const WORD = 4;
/** Buffers begin at multiples of it: memory is copied between shared and other memory by bytes otherwise, 4 times as slow. */
const ALIGNED = 8;
const PADDING = new Uint8Array(ALIGNED);

const KINDS = ["job", "result", "reference", "checkpoint"] as const;
export type MessageKind = (typeof KINDS)[number];

/** The bytes are no message, or not this one. */
export class MessageError extends Error {}

/**
 * @param about what the message belongs to: bytes of another run are refused
 * @param attached bytes that go along as they are
 */
export function encode(kind: MessageKind, about: string, value: unknown, attached: readonly Uint8Array[] = []): Buffer {
  const { text, buffers } = pack(value);
  // UTF-8 has no lone surrogates; in the text, which is JSON, they can stand only where an escape can.
  const textBytes = Buffer.from(text.replace(/\p{Surrogate}/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`));
  const all = [...buffers, ...attached];
  const words = Buffer.alloc(WORD * (3 + all.length));
  words.writeUInt32LE(textBytes.length, 0);
  words.writeUInt32LE(buffers.length, WORD);
  words.writeUInt32LE(all.length, 2 * WORD);
  for (const [i, { length }] of all.entries()) words.writeUInt32LE(length, WORD * (3 + i));
  const pieces: Uint8Array[] = [words, textBytes];
  let bytes = BODY_AT + words.length + textBytes.length;
  for (const one of all) {
    const padding = -bytes & (ALIGNED - 1);
    pieces.push(PADDING.subarray(0, padding), one);
    bytes += padding + one.length;
  }
  const head = Buffer.alloc(BODY_AT);
  head.write("ac", "latin1");
  head[2] = FORMAT;
  head[3] = KINDS.indexOf(kind);
  const message = Buffer.concat([head, ...pieces], bytes);
  digestOf(kind, about, message.subarray(BODY_AT)).copy(message, DIGEST_AT);
  return message;
}

/** The kind of a message whose other bytes have not been looked at. @throws MessageError */
export function kindOf(bytes: Uint8Array): MessageKind {
  const kind =
    bytes[0] === 0x61 && bytes[1] === 0x63 && bytes[2] === FORMAT ? KINDS[bytes[3] ?? KINDS.length] : undefined;
  if (kind === undefined) throw new MessageError("not a message of this version of allcores");
  return kind;
}

export interface Decoded {
  readonly value: unknown;
  /** Views of the message's bytes. */
  readonly attached: readonly Uint8Array[];
}

/** @throws MessageError for other bytes than `encode` has made of this kind about this */
export function decode(kind: MessageKind, about: string, bytes: Uint8Array): Decoded {
  if (kindOf(bytes) !== kind) throw new MessageError(`not a message with a ${kind}`);
  const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = message.subarray(BODY_AT);
  if (!digestOf(kind, about, body).equals(message.subarray(DIGEST_AT, BODY_AT)))
    throw new MessageError("a message was damaged, or is about something else");
  try {
    const { text, own, all } = partsOf(body);
    return { value: unpack({ text, buffers: all.slice(0, own) }), attached: all.slice(own) };
  } catch (cause) {
    throw new MessageError(`a message can't be read: ${(cause as Error).message}`, { cause });
  }
}

function partsOf(body: Buffer) {
  const [textBytes, own, count] = [0, 1, 2].map((i) => body.readUInt32LE(WORD * i)) as [number, number, number];
  const textAt = WORD * (3 + count);
  let at = textAt + textBytes;
  const text = body.toString("utf8", textAt, at);
  const take = (bytes: number) => {
    const from = at + (-(BODY_AT + at) & (ALIGNED - 1));
    at = from + bytes;
    return body.subarray(from, at);
  };
  return { text, own, all: Array.from({ length: count }, (_, i) => take(body.readUInt32LE(WORD * (3 + i)))) };
}

function digestOf(kind: MessageKind, about: string, body: Uint8Array): Buffer {
  return createHash("sha256").update(`${kind} ${about}\n`).update(body).digest().subarray(0, DIGEST_BYTES);
}
