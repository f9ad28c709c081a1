import type { SeededRandom } from "@gvpie/testing";

/** A rule of a grammar or a part of a regular expression. */
type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "class"; readonly characters: readonly string[] }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "sequence" | "choice"; readonly nodes: readonly Node[] }
  | { readonly kind: "repeat"; readonly node: Node; readonly min: number; readonly max: number };

/** Candidates of a negated class. */
const CHARACTERS = [
  ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)),
  ...Array.from("é\u0085\u00a0Ж日😀\u2028\ufeff"),
];

/** Reads the notation that GBNF and regular expressions share; `isGbnf` selects the rest. */
class Reader {
  readonly #source: string;
  readonly #isGbnf: boolean;
  #at = 0;

  constructor(source: string, isGbnf: boolean) {
    this.#source = source;
    this.#isGbnf = isGbnf;
  }

  read(): Node {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw this.#unexpected();
    return node;
  }

  #choice(): Node {
    const nodes = [this.#sequence()];
    while (this.#take("|")) nodes.push(this.#sequence());
    return nodes.length === 1 ? (nodes[0] as Node) : { kind: "choice", nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    while (!["|", ")", ""].includes(this.#peek())) nodes.push(this.#counted());
    return { kind: "sequence", nodes };
  }

  #counted(): Node {
    const node = this.#atom();
    const count = /^(?:[?*+]|\{(\d+)(,?)(\d*)\})/.exec(this.#source.slice(this.#at));
    if (count === null) return node;
    this.#at += count[0].length;
    const [sign, least = "", comma, most] = count;
    if (sign === "?") return { kind: "repeat", node, min: 0, max: 1 };
    if (sign === "*") return { kind: "repeat", node, min: 0, max: Infinity };
    if (sign === "+") return { kind: "repeat", node, min: 1, max: Infinity };
    const min = Number(least);
    return { kind: "repeat", node, min, max: comma === "" ? min : most === "" ? Infinity : Number(most) };
  }

  #atom(): Node {
    const start = this.#peek();
    if (this.#take("(")) {
      const node = this.#choice();
      if (!this.#take(")")) throw this.#unexpected();
      return node;
    }
    if (start === "[") return this.#class();
    const rest = this.#source.slice(this.#at);
    const [text = ""] =
      (this.#isGbnf ? /^(?:"(?:[^"\\]|\\.)*"|[a-z][a-z0-9-]*)/ : /^(?:[^\\?*+{}]|\\.)/u).exec(rest) ?? [];
    if (text === "") throw this.#unexpected();
    this.#at += text.length;
    if (this.#isGbnf && !text.startsWith('"')) return { kind: "name", name: text };
    const written = this.#isGbnf ? text.slice(1, -1) : text;
    return {
      kind: "text",
      text: written.replaceAll(/\\(.)/g, (_, one: string) => (one === "n" ? "\n" : one)),
    };
  }

  #class(): Node {
    const end = this.#source.indexOf("]", this.#at);
    const inside = this.#source.slice(this.#at + 1, end);
    this.#at = end + 1;
    const isIn = new RegExp(`[${inside}]`, "u");
    return { kind: "class", characters: CHARACTERS.filter((character) => isIn.test(character)) };
  }

  #peek(): string {
    if (this.#isGbnf) while (this.#source[this.#at] === " ") this.#at++;
    return this.#source[this.#at] ?? "";
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #unexpected(): Error {
    return new Error(`expected a rule, got ${this.#source.slice(this.#at, this.#at + 20)}`);
  }
}

/** Prefers the first alternatives: the last ones are blocks, which contain more lines. */
function below(count: number, random: SeededRandom): number {
  return Math.min(random.below(count), random.below(count));
}

type Rules = ReadonlyMap<string, Node>;

function derive(node: Node, rules: Rules, random: SeededRandom): string {
  switch (node.kind) {
    case "text":
      return node.text;
    case "class":
      return node.characters[random.below(node.characters.length)] ?? "";
    case "name": {
      const rule = rules.get(node.name);
      if (rule === undefined) throw new Error(`expected a rule for ${node.name}`);
      return derive(rule, rules, random);
    }
    case "sequence":
      return node.nodes.map((one) => derive(one, rules, random)).join("");
    case "choice":
      return derive(node.nodes[below(node.nodes.length, random)] as Node, rules, random);
    default: {
      const parts: string[] = [];
      while (parts.length < node.min || (parts.length < node.max && random.below(2) > 0)) {
        parts.push(derive(node.node, rules, random));
      }
      return parts.join("");
    }
  }
}

/** Returns a function that derives a random text of a GBNF grammar, each rule on one line. */
export function gbnfDeriver(grammar: string): (random: SeededRandom) => string {
  const rules = new Map(
    grammar
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => {
        const [name = "", rule = ""] = line.split(/ ::= (.*)/s);
        return [name, new Reader(rule, true).read()];
      }),
  );
  return (random) => derive({ kind: "name", name: "root" }, rules, random);
}

type Schema = Readonly<Record<string, unknown>>;

/** Returns a function that makes a random instance of a JSON Schema of the keywords that the subset uses. */
export function schemaDeriver(schema: Schema): (random: SeededRandom) => unknown {
  const patterns = new Map<string, Node>();
  const patternOf = (pattern: string): Node => {
    const known = patterns.get(pattern) ?? new Reader(pattern.replace(/^\^|\$$/g, ""), false).read();
    patterns.set(pattern, known);
    return known;
  };
  const make = (part: Schema, random: SeededRandom): unknown => {
    if ("const" in part) return part["const"];
    const options = (part["anyOf"] ?? part["enum"]) as readonly unknown[] | undefined;
    if (options !== undefined) {
      const option = options[below(options.length, random)];
      return "enum" in part ? option : make(option as Schema, random);
    }
    if (typeof part["$ref"] === "string") {
      const defs = schema["$defs"] as Readonly<Record<string, Schema>>;
      return make(defs[part["$ref"].replace("#/$defs/", "")] as Schema, random);
    }
    switch (part["type"]) {
      case "integer": {
        const [min, max] = [Number(part["minimum"]), Number(part["maximum"])];
        return min + random.below(max - min + 1);
      }
      case "string":
        return derive(patternOf(String(part["pattern"])), new Map(), random);
      case "array": {
        const {
          items,
          minItems,
          maxItems = Infinity,
        } = part as { items: Schema; minItems: number; maxItems?: number };
        const made: unknown[] = [];
        while (made.length < minItems || (made.length < maxItems && random.below(2) > 0)) {
          made.push(make(items, random));
        }
        return made;
      }
      default: {
        const required = part["required"] as readonly string[];
        const properties = Object.entries(part["properties"] as Readonly<Record<string, Schema>>);
        return Object.fromEntries(
          properties
            .filter(([name]) => required.includes(name) || random.below(2) === 0)
            .map(([name, property]) => [name, make(property, random)]),
        );
      }
    }
  };
  return (random) => make(schema, random);
}
