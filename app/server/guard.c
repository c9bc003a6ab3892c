/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>

#include "app/base/app-error.h"
#include "app/server/http-error.h"

#define MAX_KEY 4096

void
app_guard_clear (AppGuard *guard)
{
  g_clear_pointer (&guard->key, g_free);
  g_clear_pointer (&guard->origin, g_free);
}

static gboolean
refuse (GError **error, int status, const char *message)
{
  g_set_error_literal (error, APP_HTTP_ERROR, status, message);
  return FALSE;
}

/* Takes as long for a wrong key as for the right one. */
static gboolean
is_key (const char *key, const char *given)
{
  gsize n = strlen (key), n_given = strlen (given);
  guchar difference = n != n_given;

  for (gsize i = 0; i < n; i++)
    difference |= (guchar) (key[i] ^ given[n_given > 0 ? i % n_given : 0]);
  return difference == 0;
}

static gboolean
check_key (const AppGuard *guard, const char *authorization, GError **error)
{
  static const char scheme[] = "Bearer ";
  const char *given;

  if (authorization == NULL)
    return refuse (error, 401, "a key is needed: Authorization: Bearer KEY");
  if (g_ascii_strncasecmp (authorization, scheme, strlen (scheme)) != 0)
    return refuse (error, 401, "the key is expected as Authorization: Bearer KEY");
  given = authorization + strlen (scheme);
  while (*given == ' ')
    given++;
  return is_key (guard->key, given) || refuse (error, 401, "this is not the key");
}

gboolean
app_guard_is_loopback (const char *address)
{
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (address);

  return inet != NULL && g_inet_address_get_is_loopback (inet);
}

/* (transfer full) (nullable): the name or address in "name", "name:port", "[::1]:port". */
static char *
read_host (const char *host)
{
  const gboolean is_bracketed = host[0] == '[';
  const char *end = is_bracketed ? strchr (host, ']') : host + strcspn (host, ":");
  const char *port;

  if (end == NULL)
    return NULL;
  port = is_bracketed ? end + 1 : end;
  if (*port == ':')
    port += 1 + strspn (port + 1, "0123456789");
  if (*port != '\0')
    return NULL;
  return is_bracketed ? g_strndup (host + 1, (gsize) (end - host - 1))
                      : g_strndup (host, (gsize) (end - host));
}

/* The port may be another than ours: connections are forwarded. */
static gboolean
is_own_host (const char *host)
{
  g_autofree char *name = read_host (host);

  return name != NULL
         && (g_ascii_strcasecmp (name, "localhost") == 0 || app_guard_is_loopback (name));
}

static gboolean
check_page (const AppGuard *guard, const AppGuardRequest *request, GError **error)
{
  const char *site = request->fetch_site;

  if (request->origin != NULL) {
    if (guard->origin != NULL && g_ascii_strcasecmp (request->origin, guard->origin) == 0)
      return TRUE;
    return refuse (error, 403, "pages in a browser may not ask; see --allow-origin");
  }
  if (site != NULL && !g_str_equal (site, "none") && !g_str_equal (site, "same-origin"))
    return refuse (error, 403, "pages in a browser may not ask");
  return TRUE;
}

gboolean
app_guard_check (const AppGuard *guard, const AppGuardRequest *request, GError **error)
{
  if (request->host == NULL || strchr (request->host, ',') != NULL)
    return refuse (error, 400, "exactly one Host is expected");
  /* A page does not know the key; the name of this machine in a network is not known here. */
  if (guard->key == NULL && !is_own_host (request->host))
    return refuse (error, 403, "Host is not a name of this machine: localhost is expected");
  if (!check_page (guard, request, error))
    return FALSE;
  return guard->key == NULL || request->is_preflight
         || check_key (guard, request->authorization, error);
}

gboolean
app_guard_is_origin (const char *text)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);

  return uri != NULL && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0'
         && *g_uri_get_path (uri) == '\0' && g_uri_get_query (uri) == NULL
         && g_uri_get_fragment (uri) == NULL && g_uri_get_userinfo (uri) == NULL
         && strpbrk (text, " ,*") == NULL;
}

static gboolean
refuse_file (GError **error, const char *path, const char *problem)
{
  g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT, "%s: %s", path, problem);
  return FALSE;
}

/* What is looked at is what is read, so the name is opened but once. */
static gboolean
read_private (int fd, const char *path, char *text, GError **error)
{
  struct stat info;
  gssize n;

  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    return refuse_file (error, path, "the key must stand in a plain file");
  if (info.st_uid != geteuid ())
    return refuse_file (error, path, "the file with the key belongs to somebody else");
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return refuse_file (error, path, "others can read the key; chmod 600 helps");
  do
    n = read (fd, text, MAX_KEY + 1);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return refuse_file (error, path, g_strerror (errno));
  if (n > MAX_KEY)
    return refuse_file (error, path, "the key is too long");
  text[n] = '\0';
  return strlen (text) == (gsize) n || refuse_file (error, path, "the key is not text");
}

char *
app_guard_read_key (const char *path, GError **error)
{
  g_autofree char *text = g_malloc0 (MAX_KEY + 2);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  gboolean is_read;

  if (fd < 0) {
    refuse_file (error, path, g_strerror (errno));
    return NULL;
  }
  is_read = read_private (fd, path, text, error);
  close (fd);
  if (!is_read)
    return NULL;
  g_strstrip (text);
  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isgraph (*c)) {
      refuse_file (error, path, "a key is one word of letters, digits and signs");
      return NULL;
    }
  if (strlen (text) < APP_GUARD_MIN_KEY) {
    g_set_error (error, APP_ERROR, APP_ERROR_ARGUMENT,
                 "%s: a key has at least %d characters; head -c 24 /dev/urandom | base64 makes one",
                 path, APP_GUARD_MIN_KEY);
    return NULL;
  }
  return g_steal_pointer (&text);
}
