/** The snippets of the other pages: a second file, so that both run at once. */
import { pages, testPages } from "./pages.js";

testPages(pages.filter((page) => page !== "README.md" && page !== "docs/executors.md"));
