// A case file for compareFile().
import { convolution } from "../cases.js";

export default await convolution();
