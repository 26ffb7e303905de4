//! Findings at the nodes they are about: those whose place lies in what the node stands for.

use rustc_hash::FxHashMap;

use super::describe::Writer;
use super::{Node, Remark};
use crate::finding::Finding;
use crate::report::rule_url;
use crate::source::{FileId, Loc, Span};

/// What the nodes stand for in the source. Several nodes may stand for one place.
#[derive(Default)]
pub struct Areas(FxHashMap<FileId, Vec<(Span, usize)>>);

impl Areas {
    pub fn add(&mut self, at: Loc, node: usize) {
        self.0.entry(at.file).or_default().push((at.span, node));
    }

    /// Puts each finding to the nodes of the smallest place around it; what is left is about nothing that is drawn.
    pub fn place(mut self, writer: &Writer, findings: &[Finding], nodes: &mut [Node]) -> Vec<Remark> {
        for areas in self.0.values_mut() {
            areas.sort_by_key(|(span, node)| (span.start, span.end, *node));
            areas.dedup();
        }
        let mut elsewhere = Vec::new();
        for finding in findings {
            let remark = remark(writer, finding);
            let around = finding.primary.as_ref().map_or_else(Vec::new, |label| self.around(label.loc));
            if around.is_empty() {
                elsewhere.push(remark);
                continue;
            }
            for index in around {
                if let Some(node) = nodes.get_mut(index) {
                    node.findings.push(remark.clone());
                }
            }
        }
        elsewhere
    }

    fn around(&self, at: Loc) -> Vec<usize> {
        let Some(areas) = self.0.get(&at.file) else { return Vec::new() };
        let before = areas.partition_point(|(span, _)| span.start <= at.span.start);
        let holds = |span: &Span| span.end >= at.span.end;
        let around = areas.get(..before).unwrap_or_default().iter().filter(|(span, _)| holds(span));
        let Some(smallest) =
            around.clone().map(|(span, _)| *span).min_by_key(|span| (span.end - span.start, span.start))
        else {
            return Vec::new();
        };
        around.filter(|(span, _)| *span == smallest).map(|(_, node)| *node).collect()
    }
}

fn remark(writer: &Writer, finding: &Finding) -> Remark {
    let at = finding.primary.as_ref().map(|label| label.loc);
    Remark {
        rule: finding.rule.name,
        severity: finding.severity,
        message: writer.mask.text(&finding.message),
        place: at.map(|at| writer.place(at)),
        page: rule_url(finding.rule),
    }
}
