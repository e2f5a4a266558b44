/** The part of fengari, a Lua 5.3 in JavaScript, that is used. Its names are those of Lua's C API. */
declare module "fengari" {
  type State = object;
  type LuaString = Uint8Array;
  export const lua: {
    readonly LUA_OK: number;
    readonly LUA_REGISTRYINDEX: number;
    readonly LUA_TNIL: number;
    readonly LUA_TBOOLEAN: number;
    readonly LUA_TNUMBER: number;
    readonly LUA_TSTRING: number;
    readonly LUA_TTABLE: number;
    lua_error(state: State): number;
    lua_getfield(state: State, index: number, name: LuaString): number;
    lua_gettop(state: State): number;
    lua_newtable(state: State): void;
    lua_pcall(state: State, parameters: number, results: number, handler: number): number;
    lua_pop(state: State, count: number): void;
    lua_pushboolean(state: State, value: boolean): void;
    lua_pushcfunction(state: State, run: (state: State) => number): void;
    lua_pushnumber(state: State, value: number): void;
    lua_pushstring(state: State, value: LuaString): void;
    lua_rawgeti(state: State, index: number, at: number): number;
    lua_rawseti(state: State, index: number, at: number): void;
    lua_setfield(state: State, index: number, name: LuaString): void;
    lua_setglobal(state: State, name: LuaString): void;
    lua_settop(state: State, index: number): void;
    lua_toboolean(state: State, index: number): boolean;
    lua_tolstring(state: State, index: number): LuaString;
    lua_tonumber(state: State, index: number): number;
    lua_type(state: State, index: number): number;
  };
  export const lauxlib: {
    luaL_loadstring(state: State, script: LuaString): number;
    luaL_newstate(): State;
    luaL_ref(state: State, index: number): number;
  };
  export const lualib: { luaL_openlibs(state: State): void };
  export function to_luastring(text: string): LuaString;
  export function to_jsstring(text: LuaString): string;
}
