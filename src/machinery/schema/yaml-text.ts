/** A value of JSON as YAML in block form, the form that upstream writes into OpenAPI's binary documents. Ends with a line break. */
export function yamlText(value: unknown): string {
  const text = block(value, "");
  return text.endsWith("\n") ? text : `${text}\n`;
}

/** A scalar, without a line break; or the lines of a list or an object, each after `indent` but the first. */
function block(value: unknown, indent: string): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const items = value.map((item) => `- ${closed(block(item, `${indent}  `))}`);
    return items.join(indent);
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    if (entries.length === 0) return "{}";
    return entries.map(([key, member]) => entry(key, member, indent)).join(indent);
  }
  return typeof value === "string" ? scalar(value) : JSON.stringify(value ?? null);
}

function entry(key: string, member: unknown, indent: string): string {
  const inner = `${indent}  `;
  const text = closed(block(member, inner));
  const isBlock = typeof member === "object" && member !== null && Object.keys(member).length > 0;
  return isBlock ? `${scalar(key)}:\n${inner}${text}` : `${scalar(key)}: ${text}`;
}

function closed(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

/** Plain text that YAML, of version 1.1 too, reads as something other than a string. */
const otherwiseRead =
  /^(?:|~|null|true|false|yes|no|on|off|y|n|<<|[-+]?(?:\.inf|\.nan|0[box][\da-f_]+|[\d.][\d._:]*(?:e[-+]?\d+)?)|\d{4}-\d\d?-\d\d?.*)$/i;
const plain = /^[\w/$(^][ !"$-9;-~]*$/;
const printable = /^[\x20-\x7e]*$/;

function scalar(text: string): string {
  if (otherwiseRead.test(text)) return JSON.stringify(text);
  if (plain.test(text) && !text.endsWith(" ")) return text;
  return printable.test(text) ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}
