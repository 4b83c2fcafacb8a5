// A case file: allcores compare convolution.js
import { convolution } from "../cases.js";

export default await convolution();
