/** The snippets of the README, and of the guides that are longest. */
import { pages, testPages } from "./pages.js";

testPages(pages.filter((page) => page === "README.md" || page === "docs/executors.md"));
