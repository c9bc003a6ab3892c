/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Who may ask the server for something.
 *
 * Programs of this machine may, and whoever has the key, if there is one. Pages in a browser may
 * not, though they can reach every port of the machine: a page whose name is made to point at
 * 127.0.0.1 (DNS rebinding) gives itself away by Host, one that sends a form or a request to
 * another address by Origin or Sec-Fetch-Site. Pages of an origin that the user allowed may.
 *
 * What is decided depends on the arguments alone; reading the key reads a file.
 *
 *   if (!app_guard_check (&guard, &request, &error))  // APP_HTTP_ERROR 400, 401, 403
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A key has at least so many characters. */
#define APP_GUARD_MIN_KEY 16

typedef struct {
  char *key;    /* NULL: none is asked for */
  char *origin; /* of pages that may ask, or NULL */
} AppGuard;

/* Headers; NULL: there is none. Several of one name: joined by commas. */
typedef struct {
  const char *host;
  const char *origin;
  const char *fetch_site;    /* Sec-Fetch-Site */
  const char *authorization; /* as it came */
  gboolean is_preflight;     /* a browser asks whether it may ask: it sends no key */
} AppGuardRequest;

void app_guard_clear (AppGuard *guard);
gboolean app_guard_check (const AppGuard *guard, const AppGuardRequest *request, GError **error);
/* Whether an address is of this machine alone: 127.0.0.0/8, ::1. */
gboolean app_guard_is_loopback (const char *address);
/* "http://localhost:3000": scheme, host and port, nothing else. */
gboolean app_guard_is_origin (const char *text);
/* (transfer full): the key that stands in a file that belongs to the user and that nobody else can
 * read, without the space around it. APP_ERROR_ARGUMENT. */
char *app_guard_read_key (const char *path, GError **error);

G_END_DECLS
