import { lauxlib, lua, lualib, to_jsstring, to_luastring } from "fengari";

/** What a command answers with, in the shapes that node-redis gives replies. */
export type Reply = string | number | null | readonly Reply[];

/** An error reply of Redis, `CODE and words`. */
export class ErrorReply extends Error {
  override readonly name: string = "ErrorReply";
}

/** Runs scripts as `EVAL` does: `redis.call` and `redis.pcall` make commands, and what is returned becomes a reply. */
export type LuaInterpreter = (script: string, keys: readonly string[], parameters: readonly string[]) => Reply;

type State = object;

/** Numbers are doubles in Redis' Lua; the integers of this one end at 2³¹. */
const DOUBLES =
  "local convert = tonumber function tonumber(text) local number = convert(text) return number and number + 0.0 end";

/**
 * Creates an interpreter whose commands are made by `call`. It is Lua 5.3 rather than Redis' 5.1: literals of 2³¹ and more
 * overflow, and `..` prints a whole number as `1.0`.
 * @see https://redis.io/docs/latest/develop/programmability/lua-api/
 */
export function createLua(call: (command: readonly string[]) => Reply): LuaInterpreter {
  const state: State = lauxlib.luaL_newstate();
  lualib.luaL_openlibs(state);
  /** The compiled scripts, by their text: references into the interpreter's registry. */
  const compiled = new Map<string, number>();

  const define = (name: string, run: (inner: State) => number): void => {
    lua.lua_pushcfunction(state, run);
    lua.lua_setfield(state, -2, to_luastring(name));
  };
  const made = (inner: State, isProtected: boolean): number => {
    const command = Array.from({ length: lua.lua_gettop(inner) }, (_, index) => argumentAt(inner, index + 1));
    try {
      pushReply(inner, call(command));
    } catch (error) {
      if (!(error instanceof ErrorReply)) throw error;
      pushField(inner, "err", error.message);
      if (!isProtected) return lua.lua_error(inner);
    }
    return 1;
  };
  lua.lua_newtable(state);
  define("call", (inner) => made(inner, false));
  define("pcall", (inner) => made(inner, true));
  for (const kind of ["error", "status"]) {
    define(`${kind}_reply`, (inner) => {
      pushField(inner, kind === "error" ? "err" : "ok", textAt(inner, 1));
      return 1;
    });
  }
  lua.lua_setglobal(state, to_luastring("redis"));

  lauxlib.luaL_loadstring(state, to_luastring(DOUBLES));
  lua.lua_pcall(state, 0, 0, 0);

  const compile = (script: string): number => {
    const known = compiled.get(script);
    if (known !== undefined) return known;
    if (lauxlib.luaL_loadstring(state, to_luastring(script)) !== lua.LUA_OK) {
      const problem = textAt(state, -1);
      lua.lua_pop(state, 1);
      throw new ErrorReply(`ERR Error compiling script: ${problem}`);
    }
    const reference = lauxlib.luaL_ref(state, lua.LUA_REGISTRYINDEX);
    compiled.set(script, reference);
    return reference;
  };

  return (script, keys, parameters) => {
    const reference = compile(script);
    for (const [name, values] of [
      ["KEYS", keys],
      ["ARGV", parameters],
    ] as const) {
      pushReply(state, values);
      lua.lua_setglobal(state, to_luastring(name));
    }
    lua.lua_rawgeti(state, lua.LUA_REGISTRYINDEX, reference);
    const failed = lua.lua_pcall(state, 0, 1, 0) !== lua.LUA_OK;
    try {
      if (failed && lua.lua_type(state, -1) !== lua.LUA_TTABLE) throw new ErrorReply(`ERR ${textAt(state, -1)}`);
      return readReply(state);
    } finally {
      lua.lua_settop(state, 0);
    }
  };
}

function argumentAt(state: State, index: number): string {
  const isNumber = lua.lua_type(state, index) === lua.LUA_TNUMBER;
  return isNumber ? String(lua.lua_tonumber(state, index)) : textAt(state, index);
}

function textAt(state: State, index: number): string {
  return to_jsstring(lua.lua_tolstring(state, index));
}

function pushField(state: State, name: string, value: string): void {
  lua.lua_newtable(state);
  lua.lua_pushstring(state, to_luastring(value));
  lua.lua_setfield(state, -2, to_luastring(name));
}

function pushReply(state: State, reply: Reply): void {
  if (reply === null) lua.lua_pushboolean(state, false);
  else if (typeof reply === "number") lua.lua_pushnumber(state, reply);
  else if (reply === "OK") pushField(state, "ok", reply);
  else if (typeof reply === "string") lua.lua_pushstring(state, to_luastring(reply));
  else {
    lua.lua_newtable(state);
    for (const [index, item] of reply.entries()) {
      pushReply(state, item);
      lua.lua_rawseti(state, -2, index + 1);
    }
  }
}

/** Takes what a script returned off the stack: fractions are cut off, a list ends at its first nil. */
function readReply(state: State): Reply {
  switch (lua.lua_type(state, -1)) {
    case lua.LUA_TNUMBER:
      return Math.trunc(lua.lua_tonumber(state, -1));
    case lua.LUA_TSTRING:
      return textAt(state, -1);
    case lua.LUA_TBOOLEAN:
      return lua.lua_toboolean(state, -1) ? 1 : null;
    case lua.LUA_TTABLE:
      return readTable(state);
    default:
      return null;
  }
}

function readTable(state: State): Reply {
  for (const name of ["err", "ok"]) {
    const found = lua.lua_getfield(state, -1, to_luastring(name)) === lua.LUA_TSTRING;
    const text = found ? textAt(state, -1) : "";
    lua.lua_pop(state, 1);
    if (found && name === "err") throw new ErrorReply(text);
    if (found) return text;
  }
  const list: Reply[] = [];
  for (;;) {
    if (lua.lua_rawgeti(state, -1, list.length + 1) === lua.LUA_TNIL) break;
    list.push(readReply(state));
    lua.lua_pop(state, 1);
  }
  lua.lua_pop(state, 1);
  return list;
}
