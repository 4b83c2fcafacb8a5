// Four pages of a server that takes its time: what waits for others needs no thread here. Python takes a pool of threads
// or asyncio with a library for it; in Node every request is asynchronous, and one thread waits for all of them.
import { size, startServer, timed } from "./support.js";

const { url, close } = await startServer(size(500, 50));

/** @param {number} page */
async function fetchPage(page) {
  const response = await fetch(url + page);
  return response.text();
}

const pages = [1, 2, 3, 4];

await timed("one after the other", async () => {
  const texts = [];
  for (const page of pages) texts.push(await fetchPage(page));
  return texts;
});

// asyncio.gather. All four requests are under way before the first one is answered.
await timed("concurrently", () => Promise.all(pages.map(fetchPage)));

close();
