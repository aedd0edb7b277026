/**
 * A real server: `server NAME ADDRESS PORT`. A line is answered with its name and the line, for as
 * long as the client likes; an HTTP request with its name.
 */
import { createServer } from "node:net";

const [name = "?", address = "0.0.0.0", port = "80"] = process.argv.slice(2);

const server = createServer((socket) => {
  let rest = "";
  socket.setNoDelay(true);
  socket.on("error", () => {});
  socket.setEncoding("latin1").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (lines[0]?.startsWith("GET ")) {
      const body = `${name}\n`;
      socket.end(`HTTP/1.0 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      return;
    }
    for (const line of lines) socket.write(`${name} ${line}\n`);
  });
});

server.listen({ port: Number(port), host: address, backlog: 1024 }, () => console.log("ready"));
