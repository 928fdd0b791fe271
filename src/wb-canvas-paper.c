/* wb-canvas-paper.c: all of the drawing as a file, in paper's colours.
 *
 * It is put on a sheet on the main loop, where the network is, a large one in several turns; a thread writes that.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <glib/gi18n.h>
#include <math.h>

#include "wb-canvas-ink.h"
#include "wb-thread.h"

#define MARGIN 24        /* canvas units around all */
#define MOST_AT_ONCE 200 /* edges and cards that are drawn in a turn of the main loop: it takes about a millisecond */
#define BETWEEN_TURNS 5  /* milliseconds */
#define TEXT_INSET 12    /* from a card's border to what is wrong with it */

/* --- A sheet --- */

static WbBox
extent_of (WbCanvas *self)
{
  WbBox extent = wb_layout_get_extent (self->layout);

  for (guint i = 0; i < self->frames->len; i++)
    extent = wb_box_united (extent, g_array_index (self->frames, WbFrame, i).box);
  return (WbBox){floor (extent.x) - MARGIN, floor (extent.y) - MARGIN, ceil (extent.width) + 2 * MARGIN,
                 ceil (extent.height) + 2 * MARGIN};
}

/* The sentence, line by line as on the screen; what mends it is for who can press it. */
static void
draw_problem (const WbInk *ink, const WbCard *card)
{
  GtkLabel *label = GTK_LABEL (gtk_widget_get_first_child (card->problem));
  PangoLayout *layout = gtk_label_get_layout (label);
  WbSheetText how = {.size = 1, .color = wb_ink_color (ink, "error_color", 1)};
  PangoLayoutIter *line = pango_layout_get_iter (layout);

  do
    {
      const PangoLayoutLine *at = pango_layout_iter_get_line_readonly (line);
      g_autofree char *words = g_strndup (pango_layout_get_text (layout) + at->start_index, (gsize) at->length);
      PangoRectangle place;

      pango_layout_iter_get_line_extents (line, NULL, &place);
      pango_extents_to_pixels (&place, NULL);
      wb_sheet_write (ink->sheet, g_strchomp (words),
                      (WbBox){ink->origin.x + TEXT_INSET + place.x, ink->origin.y + ink->canvas->head + place.y,
                              place.width, place.height},
                      &how);
    }
  while (pango_layout_iter_next_line (line));
  pango_layout_iter_free (line);
}

typedef struct
{
  WbCanvas *canvas;
  WbSheet *sheet;   /* NULL: it is not begun */
  guint generation; /* of the layout that is drawn */
  guint n_drawn;    /* edges, and then cards */
  char *path;
  WbExportFormat format;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_clear_object (&job->canvas);
  wb_sheet_free (job->sheet);
  g_free (job->path);
  g_free (job);
}

static void
begin_sheet (Job *job)
{
  WbCanvas *self = job->canvas;
  PangoContext *text = gtk_widget_get_pango_context (GTK_WIDGET (self));

  wb_sheet_free (job->sheet);
  job->sheet = wb_sheet_new (extent_of (self), pango_context_get_font_description (text),
                             pango_cairo_context_get_resolution (text));
  job->generation = self->generation;
  job->n_drawn = 0;
  wb_canvas_draw_frames (&(WbInk){.canvas = self, .sheet = job->sheet}, WB_DETAIL_FULL);
}

static void
draw_card (Job *job, guint index)
{
  const WbCard *card = wb_canvas_card (job->canvas, index);
  WbBox box = wb_layout_get_box (job->canvas->layout, index);
  WbInk ink = {.canvas = job->canvas, .sheet = job->sheet, .origin = {box.x, box.y}};

  wb_canvas_draw_card (&ink, card, box.height, WB_DETAIL_FULL);
  if (card->problem != NULL)
    draw_problem (&ink, card);
}

/* Returns whether there is more. */
static gboolean
draw_some (Job *job)
{
  WbCanvas *self = job->canvas;
  guint n = self->edges->len + self->cards->len, end = MIN (job->n_drawn + MOST_AT_ONCE, n);

  for (; job->n_drawn < end; job->n_drawn++)
    if (job->n_drawn < self->edges->len)
      wb_canvas_draw_edge (&(WbInk){.canvas = self, .sheet = job->sheet}, job->n_drawn, WB_DETAIL_FULL);
    else
      draw_card (job, job->n_drawn - self->edges->len);
  return job->n_drawn < n;
}

/* --- A file --- */

static gpointer
job_work (gpointer data, GCancellable *cancellable, GError **error)
{
  const Job *job = data;

  wb_sheet_save (job->sheet, job->path, job->format, error);
  return NULL;
}

/* A large PNG is told to be smaller than it could be. */
static void
on_saved (GObject *owner, gpointer result, const GError *error, gpointer data)
{
  guint percent = GPOINTER_TO_UINT (data);
  g_autofree char *text = NULL;

  if (error != NULL)
    text = g_strdup (error->message);
  else if (percent < 100)
    text =
        g_strdup_printf (_ ("The image has %u %% of its full size, as it would be too large otherwise. An SVG or a PDF "
                            "keeps all of it."),
                         percent);
  if (text != NULL)
    wb_canvas_tell (WB_CANVAS (owner), text);
}

static void
write_sheet (Job *job)
{
  guint percent = job->format == WB_EXPORT_PNG ? wb_sheet_get_percent (job->sheet) : 100;
  g_autoptr (WbCanvas) self = g_steal_pointer (&job->canvas); /* no widget may die on a thread */

  wb_thread_call (G_OBJECT (self), job_work, job, job_free, NULL, NULL, on_saved, GUINT_TO_POINTER (percent));
}

/* What is edited meanwhile is drawn anew, once it has its places. */
static gboolean
draw_on (gpointer data)
{
  Job *job = data;

  if (job->canvas->cards == NULL) /* the window has gone */
    {
      job_free (job);
      return G_SOURCE_REMOVE;
    }
  if (job->canvas->awaited)
    return G_SOURCE_CONTINUE;
  if (job->sheet == NULL || job->generation != job->canvas->generation)
    begin_sheet (job);
  if (draw_some (job))
    return G_SOURCE_CONTINUE;
  write_sheet (job);
  return G_SOURCE_REMOVE;
}

static void
on_chosen (GtkWidget *widget, const char *path, WbExportFormat format)
{
  Job *job = g_new0 (Job, 1);

  job->canvas = g_object_ref (WB_CANVAS (widget));
  job->path = g_strdup (path);
  job->format = format;
  if (draw_on (job))
    g_timeout_add_full (G_PRIORITY_DEFAULT, BETWEEN_TURNS, draw_on, job, NULL);
}

void
wb_canvas_save (WbCanvas *self, WbExportFormat format)
{
  wb_export_ask (GTK_WIDGET (self), _ ("Save Drawing"), _ ("Network"), format, on_chosen);
}
