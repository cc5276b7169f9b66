use super::show;
use crate::Grammar;

fn lowered(grammar: Grammar, path: &str, text: &str) -> String {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&grammar.tree_sitter()).unwrap();
    let tree = parser.parse(text, None).unwrap();
    show::module(&super::lower(path, text, tree.root_node()))
}

fn js(text: &str) -> String {
    lowered(Grammar::JavaScript, "src/routes/a.js", text)
}

fn ts(text: &str) -> String {
    lowered(Grammar::TypeScript, "src/routes/a.ts", text)
}

#[test]
fn modules_are_imported_in_every_way_there_is() {
    insta::assert_snapshot!(js(r"
import fs, { readFile as read } from 'node:fs/promises';
import * as cp from 'child_process';
import { query } from '../db/index.js';
import './side-effect';
const { exec, spawn: run } = require('child_process');
const { promises: fsp } = require('fs');
const helper = require('./helper');
const app = require('express')();
const execAsync = util.promisify(exec);
const path_1 = __importDefault(require('path'));
const { Router } = express;
const bound = cp.exec.bind(cp);
fs.promises.readFile(x);
path_1.default.join(a, b);
(0, child_process_1.exec)(c);
const os = await import('os');
require('vm').runInThisContext(code);
"));
}

#[test]
fn what_a_file_gives_to_others_has_a_name() {
    insta::assert_snapshot!(js(r"
exports.list = async (req, res) => { res.send(1); };
module.exports.find = find;
function find(id) { return id; }
exports = module.exports = { find, load: function (x) { return x; }, other: find, save(y) {} };
"));
    insta::assert_snapshot!(js(r"
export { find as get, load } from './store';
export * from './more';
export * as ns from './ns';
export const twice = (x) => x * 2;
export default function handler(req, res) {}
function later() {}
export { later };
"));
    insta::assert_snapshot!(js(
        "module.exports = class Store { open() {} };\nmodule.exports = router;"
    ));
}

#[test]
fn statements_keep_their_shape() {
    insta::assert_snapshot!(js(r"
let a = 1, b;
for (let i = 0; i < 3; i++) { if (i) continue; else if (b) break; }
for (;;) tick();
outer: for (const [k, v] of Object.entries(o)) { break outer; }
for (const k in o) delete o[k];
do { a += 2 } while (a < 9);
switch (a) { case 1: case 2: b = 1; break; default: b = 2 }
try { risky() } catch ({ message }) { log(message) } finally { done() }
throw new Error('x');
call(); function call() {}
"));
}

#[test]
fn expressions_keep_what_flows() {
    insta::assert_snapshot!(js(r"
x = `a${b}c\n${d}`;
sql`select ${id}`;
y = a?.b?.[c]?.(d) ?? e;
z = { a, 'b': 1, [k]: 2, ...rest, m() { return 1 }, get g() { return h } };
[p, , q = 2, ...r] = list;
({ s, t: { u = 1 }, ...v } = o);
w = (a, b);
n = -1 + +s; tt = typeof n === 'number';
o['key'] = o[key] || /a(b+)+/gi;
f(...args, function* g() { yield 1 });
stream.on('data', (chunk) => buffer.push(chunk));
window.onmessage = (e) => e.data;
i++; --j; void 0;
new a.B(1); new C; new (require('d'))(2); new (pick())(3);
const K = class { #p = 1; static s = 2; };
"));
}

#[test]
fn classes_keep_fields_methods_and_types() {
    insta::assert_snapshot!(ts(r"
@Controller('users')
export class Users extends Base<User> implements OnInit {
  private readonly log: Logger = new Logger();
  handle = async (req: Request, res: Response) => { this.log.info(req); };
  constructor(private readonly db: Db, name?: string) { super(); }
  @Get(':id')
  async find(@Param('id') id: string, @Query() query: Filter): Promise<User[]> { return this.db.find(id!)  as User[]; }
  static make(): Users { return new Users(null); }
  get size() { return 1 }
  static { boot(); }
}
enum Level { Low, High = 5, Higher, Name = 'n' }
interface Auth extends Request, Other {}
abstract class A { abstract b(): void; }
namespace N { export function inner(x: number) { return <any>x; } }
type T = { a: string };
declare const g: number;
import fs = require('fs');
export = Users;
let u = <const T,>(x: T) => x satisfies T;
"));
}

#[test]
fn parameters_of_handlers_get_their_types() {
    insta::assert_snapshot!(js(r"
function a(req, res, next) {}
function b(err, req, res, next) {}
const c = async ({ body, query }, res) => {};
const d = async (ctx, next) => {};
function handler(event) {}
export async function GET(request, { params }) {}
export default async function Page({ params, searchParams }) {}
const resolvers = { Query: { user: (_, { id }, { db }) => id, all: (parent, args) => args } };
function e(request, h) {}
function f(request, count) {}
async function loader({ request, params }) {}
async function save(form) { 'use server'; }
function g(a = 1, ...rest) {}
"));
}

#[test]
fn elements_are_assignments_and_components_are_calls() {
    let text = r#"
const A = ({ html, items }) => (
  <div className="x" dangerouslySetInnerHTML={{ __html: html }} {...rest}>
    text {items.map((i) => <Item key={i.id} to={i.url}>{i.name}</Item>)}
    <a href={link}>go</a>
    <img src={pic} hidden /><></>
  </div>
);
"#;
    let check = |grammar| lowered(grammar, "a.jsx", text);
    insta::assert_snapshot!(check(Grammar::JavaScript));
    assert_eq!(check(Grammar::JavaScript), check(Grammar::Tsx));
}

#[test]
fn no_text_makes_it_panic_or_overflow() {
    let deep = |open: &str, close: &str| format!("{}x{}", open.repeat(5000), close.repeat(5000));
    let texts = [
        deep("(", ")"),
        deep("[", "]"),
        deep("{a:", "}"),
        deep("f(", ")"),
        deep("a=>{", "}"),
        deep("<a>", "</a>"),
        deep("if(a){", "}"),
        deep("`${", "}`"),
        deep("!", ""),
        "a.b()".repeat(3000),
        format!("x = a{}", " + a".repeat(5000)),
        format!("x{}", ".y()".repeat(5000)),
        "const { = require('".to_owned(),
        "export { a as ; class { constructor( } import".to_owned(),
        "\u{0}\u{feff}'\\u{110000}".to_owned(),
    ];
    for text in &texts {
        for grammar in [Grammar::JavaScript, Grammar::TypeScript, Grammar::Tsx] {
            lowered(grammar, "a.js", text);
        }
    }
}
