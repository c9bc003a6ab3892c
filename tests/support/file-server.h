/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A web server on this machine that has one file, and that misbehaves as a test asks it to.
 *
 * It serves one connection at a time on a thread of its own. The fields under "behaviour" are set
 * before the request they are for; those under "seen" are read after it.
 *
 *   g_autoptr (FileServer) server = file_server_new (content, n_bytes);
 *   server->cut_after = 1000;
 *   g_autofree char *url = file_server_url (server, "/model.gguf");
 */

#pragma once

#include <gio/gio.h>
#include <stdatomic.h>
#include <stdbool.h>

G_BEGIN_DECLS

typedef struct {
  /* behaviour */
  GBytes *content;
  const char *etag;     /* NULL: none is sent, and ranges are not honoured */
  const char *status;   /* NULL, or an answer such as "404 Not Found" without the file */
  const char *location; /* with a status of redirection, for paths other than /file */
  const char *onward;   /* the same for the path /hop; NULL: location is */
  gsize cut_after;      /* 0, or so many bytes of each answer, then the connection is closed */
  atomic_int n_cuts;    /* how many answers are cut short */
  atomic_bool hangs;    /* after cut_after bytes: keeps the connection open, until this is unset */
  /* seen */
  atomic_int n_requests;
  char *last_range; /* "bytes=1000-", or NULL */
  /* the server itself */
  GSocketListener *listener;
  GCancellable *cancellable;
  GThread *thread;
  guint16 port;
} FileServer;

FileServer *file_server_new (const void *content, gsize n_bytes);
void file_server_free (FileServer *server);
void file_server_set_content (FileServer *server, const void *content, gsize n_bytes);
char *file_server_url (const FileServer *server, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FileServer, file_server_free)

G_END_DECLS
