// A case file for compareFile().
import { nBody } from "../cases.js";

export default await nBody();
