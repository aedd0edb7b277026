import { chaosTest } from "./many.ts";

chaosTest(0, 2);
