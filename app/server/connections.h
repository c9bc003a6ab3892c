/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Who is connected to a SoupServer, and for how long. libsoup keeps every connection as long as the
 * other side likes; these are bounded in number and in time, whether or not a key was shown. Each
 * is for one request:
 *
 *   connected -> head -> body -> at work -> answered and closed
 *
 * Until the whole head has come no more than wait_ms may go by; while a body comes, each wait_ms
 * bring min_bytes at the least, and the rest of one that was refused comes within them. Who is one
 * too many takes the place of the one that has sent nothing for the longest time. Who does not read
 * an answer for wait_ms is cut off by the system. Requests that are at work are not touched here.
 *
 *   AppConnections *connections = app_connections_new (soup, &limits);
 *   app_connections_free (connections);    before the SoupServer goes
 *
 * For the thread of the server.
 */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _AppConnections AppConnections;

typedef struct {
  guint max_connections;
  guint wait_ms;
  gsize min_bytes;
} AppConnectionLimits;

AppConnections *app_connections_new (SoupServer *soup, const AppConnectionLimits *limits);
void app_connections_free (AppConnections *connections);
guint app_connections_get_n (const AppConnections *connections);

G_END_DECLS
