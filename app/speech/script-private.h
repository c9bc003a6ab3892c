/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Between script.c, which reads what lines say, and script-markdown.c, which finds the lines. */

#pragma once

#include "app/speech/script.h"

G_BEGIN_DECLS

typedef struct {
  AppScript *script;
  GHashTable *cast; /* name -> voice */
  char *voice;      /* from here on; NULL: the narrator's */
  AppScriptManner manner;
  char *manner_words; /* or NULL */
  GError *problem;    /* the first */
} AppScriptBuilder;

/* What a line says of those that follow it. */
typedef struct {
  char *name;
  char *voice;  /* "@name = voice"; NULL: the name speaks from here on */
  char *manner; /* "@name (manner):", or NULL */
} AppScriptDirection;

/* "@name = voice", "@name:" or "@name (manner):" at the beginning of a line. Returns how many bytes
 * it takes, 0 if the line is text; direction is filled in either case. */
gsize app_script_read_direction (const char *line, AppScriptDirection *direction);
void app_script_direction_clear (AppScriptDirection *direction);

void app_script_builder_init (AppScriptBuilder *builder);
/* (transfer full): clears the builder. */
AppScript *app_script_builder_end (AppScriptBuilder *builder, GError **error);
/* A paragraph or heading, in lines. */
void app_script_builder_add_block (AppScriptBuilder *builder, AppScriptKind kind, const char *text);
void app_script_builder_add_pause (AppScriptBuilder *builder, double seconds);

/* text: valid UTF-8. */
void app_script_parse_markdown (AppScriptBuilder *builder, const char *text);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppScriptDirection, app_script_direction_clear)

G_END_DECLS
