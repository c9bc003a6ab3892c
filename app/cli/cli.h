/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What every command of `hearsay` shares: the table of commands, common options, output, interrupt.
 *
 * A command is a function in cli-NAME.c with a line in commands.c. It parses with app_cli_parse(),
 * prints its result on stdout with app_cli_print() or app_cli_print_json(), draws progress with
 * AppProgress (terminal.h), and returns an exit code. Messages are one line on stderr. All of this
 * is for the main thread; the handler that app_cli_watch_interrupt() installs only sets flags.
 *
 *   g_auto (AppCliOptions) options = { 0 };
 *   int status;
 *   if (!app_cli_parse (argc, argv, entries, &options, &status))
 *     return status;
 *   app_cli_watch_interrupt (&context->cancel);
 *   if (!work (options.arguments, &error))
 *     return app_cli_fail (error);
 */

#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

enum { APP_EXIT_OK = 0, APP_EXIT_FAILED = 1, APP_EXIT_USAGE = 2, APP_EXIT_NO_MARK = 3 };

typedef struct {
  const char *name;
  const char *arguments;              /* for the usage line: "FILE… QUESTION" */
  const char *summary;                /* one line, without a full stop */
  int (*run) (int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
} AppCommand;

/* The options that every command takes. Zero (or NULL) means not given. */
typedef struct {
  gboolean json;
  gboolean quiet;
  gboolean no_cache; /* neither look for what was heard before, nor keep what is heard */
  int n_threads;     /* 0: all cores */
  guint64 seed;
  int max_tokens;   /* 0: the command's own limit */
  char *model;      /* an id of the catalogue or a file, in the encoding of file names */
  char **arguments; /* what is not an option, NULL-terminated, in the encoding of file names */
  int n_arguments;
} AppCliOptions;

/* The whole program: finds the command in the table of commands.c, runs it, and looks whether all
 * that was printed arrived. */
int app_cli_main (int argc, char **argv);
const AppCommand *app_cli_find_command (const char *name); /* NULL if there is none */
/* The name of a command that `name` may be a slip of, or NULL. */
const char *app_cli_suggest_command (const char *name);

/* entries: the command's own options, or NULL. FALSE: return *status at once (help was printed, or
 * the usage was wrong and that was said). */
gboolean app_cli_parse (int argc, char **argv, const GOptionEntry *entries, AppCliOptions *options,
                        int *status);
void app_cli_options_clear (AppCliOptions *options);
/* Whether an option's value lies in min..max; if not, says so (then return APP_EXIT_USAGE). */
gboolean app_cli_check_range (const char *option, double value, double min, double max);

/* "hearsay: message" on stderr, in one line, and APP_EXIT_FAILED; "stopped" after Ctrl-C; nothing
 * where output failed, since that is said at the end. error is (transfer none), and may be NULL for
 * work that was cancelled. */
int app_cli_fail (const GError *error);
int app_cli_fail_text (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* The same for wrong usage: APP_EXIT_USAGE. */
int app_cli_usage (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* A line on stderr that is not an error ("hearsay: message"); none if quiet. */
void app_cli_note (const AppCliOptions *options, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Writes UTF-8 text to stdout and flushes it. Once that fails (full disk, closed pipe) the flag of
 * app_cli_watch_interrupt() is set, further calls do nothing, and the program's exit code is 1. */
void app_cli_print (const char *text);
/* The same, formatted and without the flush. */
void app_cli_printf (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* The builder's root, indented, with a newline. */
void app_cli_print_json (JsonBuilder *builder);

/* Ctrl-C (and TERM, HUP) set *cancel; the second one ends the process at once. NULL: the flag is no
 * longer there, but the handlers stay until app_cli_unwatch_interrupt() puts back what was before.
 * If an interrupt has come already, *cancel is set here. */
void app_cli_watch_interrupt (atomic_bool *cancel);
void app_cli_unwatch_interrupt (void);
gboolean app_cli_was_interrupted (void);
/* What was stopped was one turn of many: the next Ctrl-C is a first one again. */
void app_cli_forget_interrupt (void);

/* Writes a file so that either all of it is there under its name or nothing: a temporary file is
 * renamed. "-" is stdout; something that is there and not a plain file is written to directly. */
gboolean app_cli_write_file (const char *path, const char *data, gsize n_bytes, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AppCliOptions, app_cli_options_clear)

G_END_DECLS
