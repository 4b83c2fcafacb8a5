// A case file: allcores compare black-scholes.js
import { blackScholes } from "../cases.js";

export default await blackScholes();
