/** A child process that writes into the file whose place it is sent, as children of a ProcessExecutor do. */
import { JobFile } from "../../dist/worker/job-file.js";

const content = new Uint8Array(48e6).fill(1);

process.on("message", ({ place, at, bytes }) => {
  const file = new JobFile(place);
  const isWritten = file.write(content.subarray(0, bytes), at);
  file.close();
  process.send(isWritten);
});
process.send("ready");
