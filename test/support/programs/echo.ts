/** Answers each UDP probe with this host's name, on every address: `echo NAME PORT`. */
import { createSocket } from "node:dgram";

const [name = "?", port = "7007"] = process.argv.slice(2);

for (const type of ["udp4", "udp6"] as const) {
  const socket = createSocket({ type, ipv6Only: type === "udp6" });
  socket.on("message", (message, from) => {
    // The probe's number comes back, so that a late answer is not taken for another's.
    socket.send(`${message.toString("latin1")} ${name}`, from.port, from.address);
  });
  socket.on("error", (error) => console.error(error.message));
  socket.bind(Number(port), () => {
    if (type === "udp6") console.log("ready");
  });
}
