/** The worker of workerpool, which names its functions itself. */
import workerpool from "workerpool";
import { spin } from "./tasks.js";

workerpool.worker({ spin });
