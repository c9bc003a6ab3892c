/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A model store in a folder of its own, with a catalogue and a server that has its models. */

#pragma once

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/models/model-store.h"
#include "tests/support/file-server.h"
#include "tests/support/folder.h"

G_BEGIN_DECLS

#define CONTENT "the content of the model"

/* A store with two models in its catalogue: "web" from a server, "pack" from packages that a shell
 * script stands for. */
typedef struct {
  FileServer *server;
  char *folder;
  char *store_folder;
  char *catalogue;
  char *tool;
  AppModelStore *store;
  AppInstallContext context;
  atomic_bool cancel;
  AppInstallStage cancel_at; /* if cancels */
  gboolean cancels;
  GString *seen; /* the stages, one letter each */
  char *note;
} Fixture;

static inline void
on_progress (const AppInstallProgress *progress, gpointer user_data)
{
  Fixture *f = user_data;
  char letter = "wFCKN"[progress->stage];
  if (f->seen->len == 0 || f->seen->str[f->seen->len - 1] != letter)
    g_string_append_c (f->seen, letter);
  if (progress->detail != NULL) {
    g_free (f->note);
    f->note = g_strdup (progress->detail);
  }
  if (progress->stage == APP_INSTALL_WAITING) /* lets the first installer go on */
    atomic_store (&f->server->hangs, false);
  if (f->cancels && progress->stage == f->cancel_at)
    atomic_store (&f->cancel, true);
  errno = ENOTTY; /* drawing progress may leave anything there */
}

static inline void
write_catalogue (Fixture *f, const char *sha256, gboolean pack_has_url)
{
  g_autofree char *url = file_server_url (f->server, "/model");
  g_autofree char *second =
      pack_has_url ? g_strdup_printf (",{\"url\":\"%s\"}", url) : g_strdup ("");
  g_autofree char *text = g_strdup_printf (
      "{\"format\":1,\"models\":["
      "{\"id\":\"web\",\"title\":\"Web\",\"task\":\"chat\",\"set\":\"default\","
      "\"licence\":\"MIT\",\"languages\":[\"en\"],\"bytes\":%zu,\"sha256\":\"%s\","
      "\"memory_bytes\":1,\"sources\":[{\"url\":\"%s\"}]},"
      "{\"id\":\"pack\",\"title\":\"Pack\",\"task\":\"listen\",\"set\":\"default\","
      "\"licence\":\"MIT\",\"languages\":[],\"bytes\":%zu,\"sha256\":\"%s\","
      "\"memory_bytes\":1,\"sources\":[{\"packages\":[]}%s]}]}",
      strlen (CONTENT), sha256, url, strlen (CONTENT), sha256, second);
  g_assert_true (g_file_set_contents (f->catalogue, text, -1, NULL));
}

static inline void
open_store (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_clear_pointer (&f->store, app_model_store_free);
  f->store = app_model_store_new (&(AppModelStoreOptions){ .folder = f->store_folder,
                                                           .catalogue = f->catalogue,
                                                           .tool = f->tool },
                                  &error);
  g_assert_no_error (error);
}

/* What runs in place of tools/models; $5 is the store, $3 the id. */
static inline void
write_tool (Fixture *f, const char *body)
{
  g_autofree char *text = g_strconcat ("#!/bin/sh\n", body, NULL);
  g_assert_true (g_file_set_contents (f->tool, text, -1, NULL));
  g_assert_cmpint (g_chmod (f->tool, 0755), ==, 0);
}

static inline void
set_up (Fixture *f, gconstpointer data)
{
  f->server = file_server_new (CONTENT, strlen (CONTENT));
  f->folder = g_dir_make_tmp ("hearsay-store-XXXXXX", NULL);
  f->store_folder = g_build_filename (f->folder, "store", NULL);
  f->catalogue = g_build_filename (f->folder, "models.json", NULL);
  f->tool = g_build_filename (f->folder, "tool", NULL);
  f->seen = g_string_new (NULL);
  f->context = (AppInstallContext){ on_progress, f, &f->cancel };
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, CONTENT, -1);
  write_catalogue (f, sha256, FALSE);
  open_store (f);
}

static inline void
tear_down (Fixture *f, gconstpointer data)
{
  app_model_store_free (f->store);
  file_server_free (f->server);
  test_folder_remove (f->folder);
  g_free (f->folder);
  g_free (f->store_folder);
  g_free (f->catalogue);
  g_free (f->tool);
  g_free (f->note);
  g_string_free (f->seen, TRUE);
}

static inline char *
in_store (Fixture *f, const char *name)
{
  return g_build_filename (f->store_folder, name, NULL);
}

static inline void
assert_holds (Fixture *f, const char *id, const char *expected)
{
  g_autofree char *name = g_strconcat (id, ".gguf", NULL);
  g_autofree char *path = in_store (f, name);
  g_autofree char *content = NULL;
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, expected);
}

/* Neither a model nor what was to become one. */
static inline void
assert_empty (Fixture *f)
{
  for (int i = 0; i < 2; i++) {
    g_autofree char *path = in_store (f, i == 0 ? "." : ".staging");
    g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
      if (name[0] != '.')
        g_error ("%s was left in %s", name, path);
  }
}

static inline void
assert_fails (Fixture *f, const char *id, int code, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (app_model_store_install (f->store, id, &f->context, &error));
  g_assert_error (error, APP_ERROR, code);
  if (strstr (error->message, message) == NULL)
    g_error ("“%s” does not say “%s”", error->message, message);
}

static inline void
assert_installs (Fixture *f, const char *id)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = app_model_store_install (f->store, id, &f->context, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  assert_holds (f, id, CONTENT);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/model-store/" name, Fixture, NULL, set_up, function, tear_down)

G_END_DECLS
