/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A script as what is to be spoken, by whom, and how: plain text or Markdown.
 *
 * Paragraphs stand apart by empty lines. Of Markdown, headings are spoken and begin chapters; lists
 * and tables are read item by item; of links the words are spoken, not the address; code blocks,
 * pictures, HTML and a header between lines of "---" are left out. In both forms:
 *
 *   @guest = am_michael     who is meant by a name; @narrator is the voice that was asked for
 *   @guest: Good morning.   from here on this voice; a name that is not given is a voice's own
 *   @guest (slow, low): Hm. and in this manner; both hold until the next such line
 *   [pause 0.5s]            silence
 *
 * A manner is one or more of: slow, fast, "very slow", "very fast", low, high, flat, lively, calm,
 * glad, sad, angry, "speed 0.9", "pitch 1.1". Immutable once made.
 *
 *   g_autoptr (AppScript) script = app_script_load ("talk.md", &error);
 *   const AppScriptPart *part = g_ptr_array_index (script->parts, 0);
 */

#pragma once

#include "app/base/app-error.h"
#include "audio/kokoro/kokoro.h"

G_BEGIN_DECLS

typedef enum { APP_SCRIPT_TEXT, APP_SCRIPT_HEADING, APP_SCRIPT_PAUSE } AppScriptKind;

/* Factors: 1 is the voice's own. */
typedef struct {
  double speed;  /* 2: twice as fast */
  double pitch;  /* 2: an octave up */
  double spread; /* how far the pitch moves */
  AudioFeeling feeling;
} AppScriptManner;

/* A paragraph, or what stands of it between two marks. */
typedef struct {
  AppScriptKind kind;
  char *text;  /* in one line; NULL: a pause */
  char *voice; /* NULL: the narrator's */
  AppScriptManner manner;
  char *manner_words;      /* as they stand in the script; NULL: there are none */
  double pause_s;          /* of a pause */
  gboolean ends_paragraph; /* a longer silence follows than between sentences */
} AppScriptPart;

typedef struct {
  char *title;      /* of the first heading, or NULL */
  GPtrArray *parts; /* of AppScriptPart */
} AppScript;

/* (transfer full). APP_ERROR_ARGUMENT, with the line: a manner or a pause that cannot be read.
 * text: n_bytes, any; what is no UTF-8 is replaced. A script without parts is none an error. */
AppScript *app_script_parse (const char *text, gsize n_bytes, gboolean is_markdown, GError **error);
/* (transfer full): a text as it is, one part, in which no line has a meaning of its own. */
AppScript *app_script_parse_text (const char *text, gsize n_bytes);
/* Markdown by its name (.md, .markdown), else plain; "-": Markdown from standard input. (transfer
 * full). The same, and G_FILE_ERROR; APP_ERROR_ARGUMENT if it is empty or larger than 64 MiB. */
AppScript *app_script_load (const char *path, GError **error);
/* The words of a manner, with commas between them. APP_ERROR_ARGUMENT. */
gboolean app_script_read_manner (const char *words, AppScriptManner *manner, GError **error);
/* (transfer full): all that is spoken, a part a line. */
char *app_script_get_text (const AppScript *script);
void app_script_free (AppScript *script);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppScript, app_script_free)

G_END_DECLS
