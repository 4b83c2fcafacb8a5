// A case file for compareFile().
import { matrix } from "../cases.js";

export default await matrix();
