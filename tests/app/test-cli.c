/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/base/json-write.h"
#include "app/cli/cli.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

static void
test_display (void)
{
  g_autofree char *text = app_json_display ("a\nb\033[31m\xff聽\xc2\x9b");
  g_assert_cmpstr (text, ==, "a b [31m\xef\xbf\xbd聽\xc2\xa0");
}

static void
test_json_text (void)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  app_json_add_number (builder, "start", 1.52000001, 3);
  app_json_add_number (builder, "tenth", 0.1, 3);
  app_json_add_number (builder, "none", G_MAXDOUBLE * 2, 3);
  app_json_add_string (builder, "text", "a \"b\" \\ \n\t\001\xff 聽");
  app_json_add_string (builder, "absent", NULL);
  app_json_add_path (builder, "path", "/a/聽.wav");
  app_json_add_path (builder, "address", "/a/\xff.wav");
  app_json_add_int (builder, "bytes", G_GINT64_CONSTANT (5000000000));
  json_builder_set_member_name (builder, "list");
  json_builder_begin_array (builder);
  json_builder_add_boolean_value (builder, TRUE);
  json_builder_begin_object (builder);
  json_builder_end_object (builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = app_json_to_text (root);
  g_assert_cmpstr (text, ==,
                   "{\n"
                   "  \"start\": 1.52,\n"
                   "  \"tenth\": 0.1,\n"
                   "  \"none\": null,\n"
                   "  \"text\": \"a \\\"b\\\" \\\\ \\n\\t\\u0001\xef\xbf\xbd 聽\",\n"
                   "  \"absent\": null,\n"
                   "  \"path\": \"/a/聽.wav\",\n"
                   "  \"address\": \"file:///a/%FF.wav\",\n"
                   "  \"bytes\": 5000000000,\n"
                   "  \"list\": [\n"
                   "    true,\n"
                   "    {}\n"
                   "  ]\n"
                   "}\n");
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_assert_true (json_parser_load_from_data (parser, text, -1, NULL));
}

static void
assert_file (const char *path, const char *expected)
{
  g_autofree char *data = NULL;
  g_assert_true (g_file_get_contents (path, &data, NULL, NULL));
  g_assert_cmpstr (data, ==, expected);
}

static void
test_write_file (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("hearsay-cli-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *path = g_build_filename (folder, "out.txt", NULL);
  g_autofree char *link = g_build_filename (folder, "link.txt", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "no", "out.txt", NULL);

  g_assert_true (app_cli_write_file (path, "one", 3, &error));
  assert_file (path, "one");
  g_assert_true (app_cli_write_file (path, "two", 3, &error));
  assert_file (path, "two");
  g_assert_cmpint (symlink (path, link), ==, 0);
  g_assert_true (app_cli_write_file (link, "three", 5, &error));
  assert_file (path, "three");
  g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
  g_assert_false (app_cli_write_file (nowhere, "x", 1, &error));
  g_assert_nonnull (strstr (error->message, nowhere));
  g_assert_null (strchr (error->message, '\n'));
  g_clear_error (&error);
  g_assert_false (app_cli_write_file (folder, "x", 1, &error));
  g_clear_error (&error);

  /* Something that is no plain file is written to, never replaced. */
  struct stat info;
  g_assert_true (app_cli_write_file ("/dev/null", "x", 1, &error));
  g_assert_false (app_cli_write_file ("/dev/full", "x", 1, &error));
  g_assert_nonnull (strstr (error->message, "/dev/full"));
  g_assert_cmpint (stat ("/dev/full", &info), ==, 0);
  g_assert_true (S_ISCHR (info.st_mode));

  g_unlink (link);
  g_unlink (path);
  /* Fails if a temporary file is left. */
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_interrupt (void)
{
  atomic_bool first = false;
  atomic_bool second = false;
  app_cli_watch_interrupt (&first);
  g_assert_false (app_cli_was_interrupted ());
  raise (SIGINT);
  g_assert_true (atomic_load (&first));
  g_assert_true (app_cli_was_interrupted ());
  /* What is begun after the key was pressed stops as well. */
  app_cli_watch_interrupt (&second);
  g_assert_true (atomic_load (&second));
  app_cli_unwatch_interrupt ();
  struct sigaction action;
  sigaction (SIGINT, NULL, &action);
  g_assert_true (action.sa_handler == SIG_DFL);
}

static void
test_second_interrupt_ends (void)
{
  if (g_test_subprocess ()) {
    atomic_bool cancel = false;
    app_cli_watch_interrupt (&cancel);
    raise (SIGINT);
    raise (SIGTERM);
    _exit (0);
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/display", test_display);
  g_test_add_func ("/cli/json-text", test_json_text);
  g_test_add_func ("/cli/write-file", test_write_file);
  g_test_add_func ("/cli/second-interrupt-ends", test_second_interrupt_ends);
  g_test_add_func ("/cli/interrupt", test_interrupt);
  return g_test_run ();
}
