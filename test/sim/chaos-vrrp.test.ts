import { chaosTest } from "./many.ts";

chaosTest(0, 1, "vrrp");
