/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The parts of a form that brings a file, multipart/form-data [RFC 7578, RFC 2046]. Any bytes may
 * come; nothing is copied but names. Pure functions.
 *
 *   boundary = app_multipart_get_boundary (content_type, &error);
 *   parts = app_multipart_parse (data, n_bytes, boundary, &error);
 *   part = app_multipart_find (parts, "file");
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* More than that in a form are refused. */
#define APP_MULTIPART_MAX_PARTS 64

typedef struct {
  char *name;
  char *file_name;  /* as the client has it, or NULL */
  const char *data; /* in the bytes that were parsed; not terminated */
  gsize n_bytes;
} AppPart;

/* (transfer full): what parts the form of this type; APP_HTTP_ERROR 415 for another type, 400 for
 * one without a boundary. */
char *app_multipart_get_boundary (const char *content_type, GError **error);
/* (transfer full): of AppPart, in order; they refer to data. APP_HTTP_ERROR 400. */
GPtrArray *app_multipart_parse (const char *data, gsize n_bytes, const char *boundary,
                                GError **error);
/* The first of this name, or NULL. */
const AppPart *app_multipart_find (const GPtrArray *parts, const char *name);

G_END_DECLS
