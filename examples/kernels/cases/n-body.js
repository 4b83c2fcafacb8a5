// A case file: allcores compare n-body.js
import { nBody } from "../cases.js";

export default await nBody();
