/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/cli/cli-private.h"
#include "app/cli/commands.h"

#define MAX_THREADS 256
#define MAX_TOKENS 1000000

/* A name is a slip of another if at most this many letters are wrong. */
#define MAX_SLIP 2

static int
edit_distance (const char *a, const char *b)
{
  size_t n = strlen (b);
  if (n >= 32)
    return G_MAXINT;
  int row[33];
  for (size_t j = 0; j <= n; j++)
    row[j] = (int) j;
  for (size_t i = 0; a[i] != '\0'; i++) {
    int diagonal = row[0];
    row[0] = (int) i + 1;
    for (size_t j = 1; j <= n; j++) {
      int above = row[j];
      int replaced = diagonal + (a[i] != b[j - 1]);
      row[j] = MIN (replaced, MIN (above, row[j - 1]) + 1);
      diagonal = above;
    }
  }
  return row[n];
}

const AppCommand *
app_cli_find_command (const char *name)
{
  for (const AppCommand *c = app_commands; c->name != NULL; c++)
    if (g_str_equal (c->name, name))
      return c;
  return NULL;
}

/* Takes `name` for the best that `meant` may be a slip of, if none before was better. */
static void
consider (const char *meant, const char *name, const char **best, int *best_distance)
{
  int distance = edit_distance (meant, name);
  if (strlen (meant) >= 3 && g_str_has_prefix (name, meant))
    distance = 0;
  /* Of a short word little is left when two letters of it are wrong. */
  if (distance < *best_distance && 2 * distance < (int) strlen (name)) {
    *best_distance = distance;
    *best = name;
  }
}

const char *
app_cli_suggest_command (const char *name)
{
  const char *best = NULL;
  int best_distance = MAX_SLIP + 1;
  for (const AppCommand *c = app_commands; c->name != NULL; c++)
    consider (name, c->name, &best, &best_distance);
  return best;
}

static void
print_help (void)
{
  app_cli_printf ("Usage:\n  hearsay COMMAND [OPTION…] [ARGUMENT…]\n\n"
                  "Listens to recordings, understands and answers, on your own machine.\n\n"
                  "Commands:\n");
  for (const AppCommand *c = app_commands; c->name != NULL; c++)
    app_cli_printf ("  %-12s%s\n", c->name, c->summary);
  app_cli_print ("\n  hearsay COMMAND --help   says more about a command\n"
                 "  hearsay --version        prints the version\n\n"
                 "Results go to standard output, messages and progress to standard error.\n"
                 "Exit status: 0 done, 1 failed, 2 wrong usage, 3 verify found no mark.\n");
}

static int
run_command (int argc, char **argv)
{
  const char *name = argv[0];
  const AppCommand *command = app_cli_find_command (name);
  if (command != NULL)
    return command->run (argc, argv);
  if (name[0] == '-')
    return app_cli_usage ("unknown option %s (see hearsay --help)", name);
  const char *guess = app_cli_suggest_command (name);
  if (guess != NULL)
    return app_cli_usage ("there is no command “%s”; did you mean “%s”?", name, guess);
  return app_cli_usage ("there is no command “%s” (see hearsay --help)", name);
}

static int
dispatch (int argc, char **argv)
{
  if (argc < 2)
    return app_cli_usage ("which command? (see hearsay --help)");
  if (g_str_equal (argv[1], "--version")) {
    app_cli_print ("hearsay " HEARSAY_VERSION "\n");
    return APP_EXIT_OK;
  }
  gboolean asks_help = g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h")
                       || g_str_equal (argv[1], "help");
  if (!asks_help)
    return run_command (argc - 1, argv + 1);
  if (argc > 2 && argv[2][0] != '-') {
    char *help_argv[] = { argv[2], (char *) "--help", NULL };
    return run_command (2, help_argv);
  }
  print_help ();
  return APP_EXIT_OK;
}

/* A file opened later must not take the number of a standard stream that the caller closed. stdout
 * becomes unwritable, so that output that goes nowhere is noticed. */
static void
fill_standard_streams (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0 && errno == EBADF)
      if (open ("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) < 0)
        _exit (APP_EXIT_FAILED);
}

/* Questions and answers are UTF-8, also where no locale is set; numbers have a point. */
static void
set_locale (void)
{
  setlocale (LC_ALL, "");
  if (!g_str_equal (nl_langinfo (CODESET), "UTF-8"))
    setlocale (LC_CTYPE, "C.UTF-8");
  setlocale (LC_NUMERIC, "C");
}

int
app_cli_main (int argc, char **argv)
{
  fill_standard_streams ();
  set_locale ();
  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN); /* a limit on files is an error of write(), as a full disk is */
  g_set_prgname ("hearsay");
  int status = dispatch (argc, argv);
  app_cli_unwatch_interrupt ();
  if (!app_cli_finish_output () && status == APP_EXIT_OK)
    status = APP_EXIT_FAILED;
  return status;
}

void
app_cli_options_clear (AppCliOptions *options)
{
  g_clear_pointer (&options->model, g_free);
  g_clear_pointer (&options->arguments, g_strfreev);
}

gboolean
app_cli_check_range (const char *option, double value, double min, double max)
{
  if (value >= min && value <= max)
    return TRUE;
  if (max >= G_MAXINT)
    app_cli_usage ("%s must be at least %.15g", option, min);
  else
    app_cli_usage ("%s must be between %.15g and %.15g", option, min, max);
  return FALSE;
}

static gboolean
check_common (const AppCliOptions *options, gint64 seed)
{
  return app_cli_check_range ("--threads", options->n_threads, 0, MAX_THREADS)
         && app_cli_check_range ("--max-tokens", options->max_tokens, 0, MAX_TOKENS)
         && app_cli_check_range ("--seed", (double) seed, 0, (double) G_MAXINT64);
}

static void
print_command_help (GOptionContext *context, const AppCommand *command)
{
  g_autofree char *program = g_strdup_printf ("hearsay %s", command->name);
  g_set_prgname (program);
  g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);
  g_set_prgname ("hearsay");
  app_cli_print (help);
}

/* GLib names the argument somewhere in its message. */
static const char *
find_argument (char **argv, const GError *error)
{
  for (char **argument = argv + 1; *argument != NULL; argument++)
    if ((*argument)[0] == '-' && strstr (error->message, *argument) != NULL)
      return *argument;
  return NULL;
}

/* The options are of the command and of all. */
static void
refuse_options (const AppCommand *command, char **argv, const GOptionEntry *const *options,
                const GError *error)
{
  const char *argument = g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION)
                             ? find_argument (argv, error)
                             : NULL;
  const char *best = NULL;
  int best_distance = MAX_SLIP + 1;
  if (argument == NULL) {
    app_cli_usage ("%s (see hearsay %s --help)", error->message, command->name);
    return;
  }
  const char *name = argument + strspn (argument, "-");
  g_autofree char *meant = g_strndup (name, strcspn (name, "="));
  for (int i = 0; i < 2; i++)
    for (const GOptionEntry *o = options[i]; o != NULL && o->long_name != NULL; o++)
      consider (meant, o->long_name, &best, &best_distance);
  if (best != NULL)
    app_cli_usage ("%s has no option %s; did you mean --%s?", command->name, argument, best);
  else
    app_cli_usage ("%s has no option %s (see hearsay %s --help)", command->name, argument,
                   command->name);
}

gboolean
app_cli_parse (int argc, char **argv, const GOptionEntry *entries, AppCliOptions *options,
               int *status)
{
  const AppCommand *command = app_cli_find_command (argv[0]);
  g_return_val_if_fail (command != NULL, FALSE);
  gboolean help = FALSE;
  gint64 seed = 0;
  const GOptionEntry common[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, "Print JSON", NULL },
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &options->model, "Use this model", "ID|FILE" },
    { "threads", 0, 0, G_OPTION_ARG_INT, &options->n_threads, "Threads (0: all cores)", "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Seed of whatever is random", "N" },
    { "max-tokens", 0, 0, G_OPTION_ARG_INT, &options->max_tokens, "Longest answer", "N" },
    { "no-cache", 0, 0, G_OPTION_ARG_NONE, &options->no_cache,
      "Keep nothing of what is heard, and listen anew", NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, "No progress, no notes", NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Print this help", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->arguments, NULL, NULL },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (command->arguments);
  g_autofree char *summary = g_strconcat (command->summary, ".", NULL);
  g_option_context_set_summary (context, summary);
  g_option_context_set_help_enabled (context, FALSE);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, common, NULL);

  g_autoptr (GError) error = NULL;
  *status = APP_EXIT_USAGE;
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    refuse_options (command, argv, (const GOptionEntry *const[]){ entries, common }, error);
    return FALSE;
  }
  if (help) {
    print_command_help (context, command);
    *status = APP_EXIT_OK;
    return FALSE;
  }
  if (!check_common (options, seed))
    return FALSE;
  options->seed = (guint64) seed;
  options->n_arguments = options->arguments == NULL ? 0 : (int) g_strv_length (options->arguments);
  return TRUE;
}
