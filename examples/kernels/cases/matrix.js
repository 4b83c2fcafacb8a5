// A case file: allcores compare matrix.js
import { matrix } from "../cases.js";

export default await matrix();
