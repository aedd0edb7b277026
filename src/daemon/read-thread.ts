/** The thread that reads a file: a thousand services take half a second, and adverts go on. */
import { parentPort, workerData } from "node:worker_threads";
import { type ReadWork, readWork } from "./read-work.ts";

parentPort?.postMessage(readWork(workerData as ReadWork));
