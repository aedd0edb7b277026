/** Which words of a source are nobody's business. */

const SECRET = new Set(["auth_pass", "passwd", "secret", "password", "login"]);

/** The words as a report may show them. */
export const concealed = ([keyword = "", ...values]: readonly string[]): string =>
  SECRET.has(keyword) ? `${keyword} …` : [keyword, ...values].join(" ");
