// A case file for compareFile().
import { blackScholes } from "../cases.js";

export default await blackScholes();
