/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A store of conversations in a folder of its own. */

#pragma once

#include <glib/gstdio.h>

#include "app/talks/conversations.h"

G_BEGIN_DECLS

typedef struct {
  char *folder;
  char *path;
  AppConversations *store;
} Fixture;

static inline void
reopen (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&f->store, app_conversations_free);
  f->store = app_conversations_new (f->path, &error);
  g_assert_no_error (error);
}

static inline void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("hearsay-conversations-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "conversations.db", NULL);
  reopen (f);
}

static inline void
tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  g_clear_pointer (&f->store, app_conversations_free);
  dir = g_dir_open (f->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (f->folder, name, NULL);

    g_unlink (file);
  }
  g_rmdir (f->folder);
  g_free (f->folder);
  g_free (f->path);
}

static inline gint64
create (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  gint64 talk = app_conversations_create (f->store, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (talk, >, 0);
  return talk;
}

static inline gint64
add (Fixture *f, gint64 talk, gint64 parent, AppRole role, const char *text)
{
  g_autoptr (GError) error = NULL;
  gint64 id = app_conversations_add (f->store, talk, parent, role, text, &error);

  g_assert_no_error (error);
  g_assert_cmpint (id, >, 0);
  return id;
}

static inline GPtrArray *
load (Fixture *f, gint64 talk)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *messages = app_conversations_load (f->store, talk, &error);

  g_assert_no_error (error);
  return messages;
}

static inline void
assert_found (Fixture *f, const char *query, guint n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) found = app_conversations_search (f->store, query, 100, &error);

  g_assert_no_error (error);
  g_test_message ("“%s”: %u", query, found->len);
  g_assert_cmpuint (found->len, ==, n);
}

G_END_DECLS
