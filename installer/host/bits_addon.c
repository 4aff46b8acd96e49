/* bits_addon.c - see bits_look.h. What a library tells Node of itself. */
#include "installer/host/bits_look.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#define SYMBOL_ROOM 64 /* longer names are none of these */
#define CHUNK       170
#define CODE_ROOM   24

static const struct field symbol_name = { 0, 4, 0, 4 }, symbol_value = { 4, 4, 8, 8 };
static const struct field symbol_section = { 14, 2, 6, 2 };

/* What the symbols have told so far. */
struct told {
	uint64_t declared; /* Node-API version that it asks for, by its own word */
	uint64_t imported; /* highest Node-API version of a function that it calls */
};

/* Functions that came with a version after the first: Node's js_native_api.h and node_api.h. */
static const struct {
	uint64_t version;
	const char *names; /* each between blanks */
} functions[] = {
	{ 2, " napi_get_uv_event_loop " },
	{ 3, " napi_add_env_cleanup_hook napi_close_callback_scope napi_fatal_exception "
	     "napi_open_callback_scope napi_remove_env_cleanup_hook " },
	{ 4, " napi_acquire_threadsafe_function napi_call_threadsafe_function "
	     "napi_create_threadsafe_function napi_get_threadsafe_function_context "
	     "napi_ref_threadsafe_function napi_release_threadsafe_function "
	     "napi_unref_threadsafe_function " },
	{ 5, " napi_add_finalizer napi_create_date napi_get_date_value napi_is_date " },
	{ 6, " napi_create_bigint_int64 napi_create_bigint_uint64 napi_create_bigint_words "
	     "napi_get_all_property_names napi_get_instance_data napi_get_value_bigint_int64 "
	     "napi_get_value_bigint_uint64 napi_get_value_bigint_words napi_set_instance_data " },
	{ 7, " napi_detach_arraybuffer napi_is_detached_arraybuffer " },
	{ 8, " napi_add_async_cleanup_hook napi_check_object_type_tag napi_object_freeze "
	     "napi_object_seal napi_remove_async_cleanup_hook napi_type_tag_object " },
	{ 9, " node_api_create_syntax_error node_api_get_module_file_name node_api_symbol_for "
	     "node_api_throw_syntax_error " },
	{ 10, " node_api_create_buffer_from_arraybuffer node_api_create_external_string_latin1 "
	      "node_api_create_external_string_utf16 node_api_create_property_key_latin1 "
	      "node_api_create_property_key_utf16 node_api_create_property_key_utf8 " },
};

static uint64_t function_version(const char *name)
{
	char word[SYMBOL_ROOM + 2];
	snprintf(word, sizeof word, " %s ", name);
	for (size_t i = 0; i < COUNT_OF(functions); i++)
		if (strstr(functions[i].names, word))
			return functions[i].version;
	return 0;
}

/* ---- node_api_module_get_api_version_v1() returns a constant: it is read from the code ---- */

static const unsigned char *past(const unsigned char *code, const char *prefix, size_t len)
{
	return memcmp(code, prefix, len) == 0 ? code + len : code;
}

/* [endbr64] [push rbp; mov rbp, rsp] mov eax, N */
static uint64_t constant_x86(const struct look *f, const unsigned char *code)
{
	code = past(code, "\xf3\x0f\x1e\xfa", 4);
	code = past(code, "\x55\x48\x89\xe5", 4);
	return code[0] == 0xb8 ? look_number(f, code + 1, 4) : 0;
}

/* [bti c] mov w0, N; ret */
static uint64_t constant_arm(const struct look *f, const unsigned char *code)
{
	code = past(code, "\x5f\x24\x03\xd5", 4);
	uint64_t move = look_number(f, code, 4), back = look_number(f, code + 4, 4);
	return (move & 0xffe0001f) == 0x52800000 && back == 0xd65f03c0 ? move >> 5 & 0xffff : 0;
}

/* Below 1000: the experimental one is no version that one can have or lack. 0: not found. */
static bool read_declared(struct look *f, uint64_t address, uint64_t *version)
{
	unsigned char code[CODE_ROOM] = { 0 };
	uint64_t at, room, n = 0;
	if (!look_place(f, address, &at, &room))
		return true;
	if (!look_read(
		    f, at, code, room < sizeof code ? (size_t)room : sizeof code, "code lies beyond the end"))
		return false;
	if (strcmp(f->out->machine, "x86_64") == 0)
		n = constant_x86(f, code);
	else if (strcmp(f->out->machine, "aarch64") == 0)
		n = constant_arm(f, code);
	*version = n < 1000 ? n : 0;
	return true;
}

/* ---- symbols ---- */

static void wanted(struct look *f, const char *name, struct told *told)
{
	uint64_t version = function_version(name);
	if (version > told->imported)
		told->imported = version;
	bool node_api = strcmp(name, "napi_module_register") == 0;
	if (node_api || strcmp(name, "node_module_register") == 0)
		f->out->addon = true;
	if (node_api && f->out->napi == 0)
		f->out->napi = 1;
}

/* "node_register_module_v127" */
static uint64_t abi_of(const char *name)
{
	static const char before[] = "node_register_module_v";
	uint64_t abi = 0;
	if (strncmp(name, before, sizeof before - 1) != 0)
		return 0;
	for (name += sizeof before - 1; *name; name++) {
		if (*name < '0' || *name > '9' || abi > 100000)
			return 0;
		abi = abi * 10 + (uint64_t)(*name - '0');
	}
	return abi;
}

static bool given(struct look *f, const char *name, uint64_t address, struct told *told)
{
	uint64_t abi = abi_of(name);
	bool asks = strcmp(name, "node_api_module_get_api_version_v1") == 0;
	if (asks && !read_declared(f, address, &told->declared))
		return false;
	if (asks || strcmp(name, "napi_register_module_v1") == 0)
		f->out->napi = 1;
	if (abi)
		f->out->node_abi = abi;
	f->out->addon = f->out->addon || abi || f->out->napi;
	return true;
}

static bool read_symbol(struct look *f, const unsigned char *symbol, struct told *told)
{
	char name[SYMBOL_ROOM];
	uint64_t offset = look_field(f, symbol, symbol_name);
	bool whole = false;
	/* Between the last symbol and what follows there may be bytes of nobody. */
	if (offset == 0 || offset >= f->names_size)
		return true;
	if (!look_name(f, offset, name, sizeof name, &whole))
		return false;
	if (!whole)
		return true;
	if (look_field(f, symbol, symbol_section) != SHN_UNDEF)
		return given(f, name, look_field(f, symbol, symbol_value), told);
	wanted(f, name, told);
	return true;
}

bool look_addon(struct look *f)
{
	size_t step = f->out->width == 64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
	unsigned char chunk[CHUNK * sizeof(Elf64_Sym)];
	struct told told = { 0 };
	uint64_t count = f->symbols_size / step;
	for (uint64_t i = 0; i < count && i < SYMBOLS_MAX; i += CHUNK) {
		size_t here = count - i < CHUNK ? (size_t)(count - i) : CHUNK;
		if (!look_read(
			    f, f->symbols + i * step, chunk, here * step, "the symbols lie beyond the end"))
			return false;
		for (size_t k = 0; k < here; k++)
			if (!read_symbol(f, chunk + k * step, &told))
				return false;
	}
	if (f->out->napi && told.imported > f->out->napi)
		f->out->napi = told.imported;
	if (f->out->napi && told.declared > f->out->napi)
		f->out->napi = told.declared;
	return true;
}
